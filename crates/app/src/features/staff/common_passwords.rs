//! Passwords of twelve characters and more that are tried first. Long ones are rarely in the lists of the most common passwords; what people do instead is stretch a common
//! word or a row of the keyboard, so both are recognised by their shape.

/// Words that make up most long passwords that are guessed, in the spelling of [`letters_of`].
const WORDS: &[&str] = &[
    "password",
    "passwort",
    "passw",
    "pass",
    "parol",
    "пароль",
    "parolparol",
    "qwerty",
    "qwertyuiop",
    "йцукен",
    "admin",
    "administrator",
    "root",
    "welcome",
    "letmein",
    "login",
    "iloveyou",
    "monkey",
    "dragon",
    "master",
    "football",
    "baseball",
    "basketball",
    "superman",
    "batman",
    "sunshine",
    "princess",
    "shadow",
    "michael",
    "jordan",
    "starwars",
    "trustno",
    "whatever",
    "freedom",
    "hello",
    "helloworld",
    "secret",
    "changeme",
    "default",
    "guest",
    "test",
    "testtest",
    "testing",
    "user",
    "username",
    "demo",
    "kabinet",
    "manager",
    "support",
    "company",
    "internet",
    "computer",
    "samsung",
    "google",
    "facebook",
    "telegram",
    "privet",
    "привет",
    "lubov",
    "любовь",
    "ilovemydog",
    "summer",
    "winter",
    "spring",
    "autumn",
    "fall",
    "january",
    "february",
    "march",
    "april",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "moskva",
    "москва",
    "russia",
    "россия",
    "ukraina",
    "uzbekistan",
    "toshkent",
    "tashkent",
    "salom",
    "assalom",
    "assalomu",
    "abcdef",
    "abcabc",
    "access",
    "flower",
    "cheese",
    "passphrase",
    "mypassword",
    "newpassword",
    "thisismypassword",
    "passwordpassword",
    "adminadmin",
    "rootroot",
    "qwertyqwerty",
    "correcthorsebatterystaple",
    "nopassword",
];

/// Rows that fingers run along, forwards and backwards.
const ROWS: &[&str] = &[
    "01234567890123456789012345678901234567890",
    "abcdefghijklmnopqrstuvwxyz",
    "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "qwertyuiop[]asdfghjkl;'zxcvbnm,./",
    "qwertyuiopasdfghjklzxcvbnm",
    "йцукенгшщзхъфывапролджэячсмитьбю.",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "1q2w3e4r5t6y7u8i9o0p",
    "!@#$%^&*()_+",
];

/// The fewest different characters a password may have.
const FEWEST_DIFFERENT: usize = 5;

/// Whether a password, in lower case, is one that is tried first.
pub fn contains(folded: &str) -> bool {
    has_few_characters(folded) || is_repetition(folded) || is_a_run(folded) || is_a_stretched_word(folded)
}

fn has_few_characters(text: &str) -> bool {
    let mut characters: Vec<char> = text.chars().collect();
    characters.sort_unstable();
    characters.dedup();
    characters.len() < FEWEST_DIFFERENT
}

/// `abc123abc123abc123`: something short, again and again.
fn is_repetition(text: &str) -> bool {
    let characters: Vec<char> = text.chars().collect();
    (1..=characters.len() / 3).any(|length| {
        characters.iter().enumerate().skip(length).all(|(index, character)| *character == characters[index % length])
    })
}

/// Nothing but pieces, of four characters or more, of rows.
fn is_a_run(text: &str) -> bool {
    let characters: Vec<char> = text.chars().collect();
    let mut start = 0;
    while start < characters.len() {
        let longest =
            (4..=characters.len() - start).rev().find(|length| lies_in_a_row(&characters[start..start + length]));
        match longest {
            Some(length) => start += length,
            None => return false,
        }
    }
    true
}

fn lies_in_a_row(piece: &[char]) -> bool {
    let forwards: String = piece.iter().collect();
    let backwards: String = piece.iter().rev().collect();
    ROWS.iter().any(|row| row.contains(&forwards) || row.contains(&backwards))
}

/// A common word with digits and signs around it, or with letters swapped for look-alikes.
fn is_a_stretched_word(text: &str) -> bool {
    // What stands before and after the word is padding; inside it, signs stand for letters.
    let word = text.trim_matches(|character: char| !character.is_alphabetic());
    let plain = letters_of(word, |character| character);
    let unmasked = letters_of(word, unmask);
    [plain, unmasked].iter().any(|letters| WORDS.contains(&letters.as_str()))
}

fn letters_of(text: &str, swap: impl Fn(char) -> char) -> String {
    text.chars().map(swap).filter(|character| character.is_alphabetic()).collect()
}

fn unmask(character: char) -> char {
    match character {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // spec: B004
    #[test]
    fn what_is_tried_first_is_known() {
        for common in [
            "password12345",
            "p@ssw0rd$$$$",
            "admin2026!!!!",
            "qwerty123456",
            "qwertyuiopas",
            "1q2w3e4r5t6y",
            "1qaz2wsx3edc",
            "abc123abc123",
            "zaq1xsw2cde3",
            "987654321098",
            "abcdefghijkl",
            "москва2026!!",
            "йцукен123456",
            "111122223333",
            "lol1lol1lol1",
        ] {
            assert!(contains(common), "{common}");
        }
        for fine in ["correct horse battery", "kt9#vm2!qlx8", "зелёный чайник 7", "samsung is not my tea"]
        {
            assert!(!contains(fine), "{fine}");
        }
    }
}
