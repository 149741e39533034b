use kabinet_records::{Transaction, sql};

use crate::App;
use crate::http::error::ApiResult;
use crate::limits;
use crate::secrets::{random_bytes, token_hash};

const CODES: usize = 10;
/// Without letters and digits that look alike.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
const GROUPS: usize = 4;
const GROUP_LENGTH: usize = 6;

/// Ten new codes of 120 random bits; the ones before die. They are shown once, only their hashes are kept.
pub async fn renew(transaction: &Transaction, staff_id: &str) -> ApiResult<Vec<String>> {
    sql::run(transaction, "DELETE FROM recovery_code WHERE staff_id = $1", vec![staff_id.into()]).await?;
    let codes: Vec<String> = (0..CODES).map(|_| generate()).collect();
    for code in &codes {
        let insert = "INSERT INTO recovery_code (code_hash, staff_id) VALUES ($1, $2)";
        sql::run(transaction, insert, vec![hash(code).into(), staff_id.into()]).await?;
    }
    Ok(codes)
}

/// Whether this is an unused code of the person. It is used up by this.
pub async fn use_code(app: &App, staff_id: &str, code: &str) -> ApiResult<bool> {
    limits::take(app, &limits::SECOND_FACTOR, staff_id).await?;
    let delete = "DELETE FROM recovery_code WHERE code_hash = $1 AND staff_id = $2";
    let was_there = app.control.write(delete, vec![hash(code).into(), staff_id.into()]).await? == 1;
    if was_there {
        limits::forget(app, &limits::SECOND_FACTOR, staff_id).await?;
    }
    Ok(was_there)
}

fn generate() -> String {
    let bytes: [u8; GROUPS * GROUP_LENGTH] = random_bytes();
    let letters: String = bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect();
    let groups: Vec<&str> =
        (0..GROUPS).map(|group| &letters[group * GROUP_LENGTH..(group + 1) * GROUP_LENGTH]).collect();
    groups.join("-")
}

/// People type codes with and without dashes, and in capitals.
fn hash(code: &str) -> String {
    let letters: String = code.chars().filter(|character| character.is_ascii_alphanumeric()).collect();
    token_hash(&letters.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    // spec: B004
    #[test]
    fn codes_differ_and_may_be_typed_in_any_way() {
        let code = generate();
        assert_eq!(code.len(), 27);
        assert_ne!(code, generate());
        assert_eq!(hash(&code), hash(&code.replace('-', " ").to_uppercase()));
    }
}
