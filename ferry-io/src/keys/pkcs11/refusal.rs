//! What a token's refusals mean for the person who reads them.

use crate::error::{Error, Result};
use crate::exit_code::{NOT_PERMITTED, UNAVAILABLE};
use cryptoki::error::{Error as TokenError, RvError};
use ferry_format::keys::TokenPlace;

/// Code of a token in which another key is, or none.
pub(super) const WRONG_KEY: &str = "FERRY-E0713";
/// Code of a PIN that the token takes no more.
const LOCKED: &str = "FERRY-E0715";
const UNLOCK: &str = "unlock it with the maker's tool and its security officer's PIN; look who tried before you do";

/// The token does not answer; what was tried heals when it is back.
pub(super) fn gone(message: String, hint: &str) -> Error {
    Error::new(UNAVAILABLE, "FERRY-E0712", message, hint)
}

/// A token whose PIN is locked is not asked, nor one that would be by one more wrong try: a PIN in a file cannot be believed
/// to be right.
pub(super) fn check_tries(place: &TokenPlace, is_locked: bool, is_final_try: bool) -> Result<()> {
    let why = match (is_locked, is_final_try) {
        (true, _) => "the PIN of the token is locked",
        (_, true) => "the token would be locked by one more wrong PIN, so none is tried",
        _ => return Ok(()),
    };
    Err(Error::new(NOT_PERMITTED, LOCKED, format!("{place}: {why}"), UNLOCK))
}

/// From what the module answered. Its text names no secret: modules answer with numbers.
pub(super) fn of_token(place: &TokenPlace, error: &TokenError) -> Error {
    use RvError as R;
    let refused = |code, what: &str, hint: &str| Error::new(NOT_PERMITTED, code, format!("{place}: {what}"), hint);
    let TokenError::Pkcs11(answer, function) = error else {
        return gone(format!("{place}: {error}"), "look whether the module fits this machine");
    };
    match answer {
        R::PinIncorrect | R::PinInvalid | R::PinLenRange => {
            let hint =
                "correct the PIN that the key file names before anything runs again: a few wrong ones lock the token";
            refused("FERRY-E0714", "the token refuses the PIN", hint)
        }
        R::PinLocked => refused(LOCKED, "the PIN of the token is locked", UNLOCK),
        R::PinExpired | R::UserPinNotInitialized => {
            refused(LOCKED, "the token has no PIN in force", "set a PIN with the maker's tool")
        }
        R::MechanismInvalid
        | R::MechanismParamInvalid
        | R::CurveNotSupported
        | R::DomainParamsInvalid
        | R::KeyTypeInconsistent
        | R::KeyFunctionNotPermitted
        | R::FunctionNotSupported => {
            let message = format!("{place}: the token does not make Ed25519 signatures with this key ({answer:?})");
            let hint = "use a token with CKM_EDDSA (PKCS#11 3.0), and a key that may sign";
            Error::new(UNAVAILABLE, "FERRY-E0717", message, hint)
        }
        _ => {
            let hint =
                "put the token in again; see that its reader's service (pcscd) runs; the next run goes on by itself";
            gone(format!("{place}: the token does not answer ({function}: {answer:?})"), hint)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cryptoki::context::Function;
    use ferry_format::keys::PinSource;

    fn place() -> TokenPlace {
        TokenPlace {
            module: "/usr/lib/token.so".into(),
            token: Some("court".into()),
            serial: None,
            object: Some("sender".into()),
            id: None,
            pin: PinSource::Credential("pin".into()),
        }
    }

    #[test]
    fn a_token_that_one_wrong_pin_would_lock_is_not_tried() {
        let code = |locked, last| check_tries(&place(), locked, last).err().map(|f| (f.code, f.exit));
        assert_eq!(code(false, false), None);
        assert_eq!(code(true, false), Some((LOCKED, NOT_PERMITTED)));
        assert_eq!(code(false, true), Some((LOCKED, NOT_PERMITTED)));
    }

    #[test]
    fn what_heals_by_waiting_is_told_from_what_ends_the_daemon() {
        let of = |answer| {
            let failure = of_token(&place(), &TokenError::Pkcs11(answer, Function::Login));
            assert!(
                failure.message.english().starts_with("token court, key sender: "),
                "{}",
                failure.message.english()
            );
            (failure.code, failure.exit)
        };
        assert_eq!(of(RvError::PinIncorrect), ("FERRY-E0714", NOT_PERMITTED));
        assert_eq!(of(RvError::PinLocked), ("FERRY-E0715", NOT_PERMITTED));
        assert_eq!(of(RvError::CurveNotSupported), ("FERRY-E0717", UNAVAILABLE));
        for answer in [RvError::DeviceRemoved, RvError::TokenNotPresent, RvError::SessionHandleInvalid] {
            assert_eq!(of(answer), ("FERRY-E0712", UNAVAILABLE));
        }
    }
}
