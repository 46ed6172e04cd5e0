//! What leaves the intranet: the articles of the notice, what may cross, and the platforms it is read from.

mod articles;
mod disclosure;
mod forms;
mod gb18030;
mod guards;
mod legacy;
mod values;
mod postgres;
mod postgres_safety;
mod twenty_thousand;
