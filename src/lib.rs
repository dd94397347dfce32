//! mingcha (明察): audits Android apps for privacy compliance in mainland China.

#![deny(unsafe_code)]

pub mod code;
pub mod container;
pub mod error;
pub mod evidence;
pub mod formats;
pub mod knowledge;
pub mod limits;
pub mod policy;
