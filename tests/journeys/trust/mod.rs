//! Keys, trust lists, audit and evidence.

mod lists;
mod tokens;
mod pairing;
mod passphrases;
mod audit;
mod evidence;
