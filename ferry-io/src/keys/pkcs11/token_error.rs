//! What the answers of a token mean: errors with what to do.

use crate::error::{Error, Result};
use crate::texts::errors as texts;
use cryptoki::error::{Error as TokenError, RvError};
use ferry_format::keys::TokenLocation;

/// A token whose PIN is locked is not asked, nor one that one more wrong PIN would lock: a PIN in a file may be wrong.
pub(super) fn check_tries(location: &TokenLocation, is_locked: bool, is_final_try: bool) -> Result<()> {
    match (is_locked, is_final_try) {
        (true, _) => Err(texts::pin_locked(location.text())),
        (_, true) => Err(texts::pin_final_try(location.text())),
        _ => Ok(()),
    }
}

/// The error for what the module answered. Its text names no secret: modules answer with numbers.
pub(super) fn of_token(location: &TokenLocation, error: &TokenError) -> Error {
    use RvError as R;
    let TokenError::Pkcs11(answer, function) = error else {
        return texts::module_failed(location.text(), error);
    };
    match answer {
        R::PinIncorrect | R::PinInvalid | R::PinLenRange => texts::pin_refused(location.text()),
        R::PinLocked => texts::pin_locked(location.text()),
        R::PinExpired | R::UserPinNotInitialized => texts::pin_not_set(location.text()),
        R::MechanismInvalid
        | R::MechanismParamInvalid
        | R::CurveNotSupported
        | R::DomainParamsInvalid
        | R::KeyTypeInconsistent
        | R::KeyFunctionNotPermitted
        | R::FunctionNotSupported => texts::no_ed25519(location.text(), format!("{answer:?}")),
        _ => texts::token_gone(location.text(), function, format!("{answer:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit_code::{NOT_PERMITTED, UNAVAILABLE};
    use cryptoki::context::Function;
    use ferry_format::keys::PinSource;

    fn location() -> TokenLocation {
        TokenLocation {
            module: "/usr/lib/token.so".into(),
            token: Some("court".into()),
            serial: None,
            object: Some("sender".into()),
            id: None,
            pin: PinSource::Credential("pin".into()),
        }
    }

    #[test]
    fn a_token_that_one_more_wrong_pin_would_lock_is_not_tried() {
        let code = |locked, last| check_tries(&location(), locked, last).err().map(|e| (e.code, e.exit));
        assert_eq!(code(false, false), None);
        assert_eq!(code(true, false), Some(("FERRY-E0715", NOT_PERMITTED)));
        assert_eq!(code(false, true), Some(("FERRY-E0715", NOT_PERMITTED)));
    }

    #[test]
    fn errors_that_pass_by_themselves_differ_from_errors_that_end_the_daemon() {
        let of = |answer| {
            let error = of_token(&location(), &TokenError::Pkcs11(answer, Function::Login));
            assert!(error.message.english().starts_with("token court, key sender: "), "{}", error.message.english());
            (error.code, error.exit)
        };
        assert_eq!(of(RvError::PinIncorrect), ("FERRY-E0714", NOT_PERMITTED));
        assert_eq!(of(RvError::PinLocked), ("FERRY-E0715", NOT_PERMITTED));
        assert_eq!(of(RvError::CurveNotSupported), ("FERRY-E0717", UNAVAILABLE));
        for answer in [RvError::DeviceRemoved, RvError::TokenNotPresent, RvError::SessionHandleInvalid] {
            assert_eq!(of(answer), ("FERRY-E0712", UNAVAILABLE));
        }
    }
}
