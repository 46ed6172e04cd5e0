//! Keys, trust lists, audit and evidence.

mod lists;
mod tokens;
mod passphrases;
mod audit;
mod evidence;
