//! Who the sellers are. Nobody here exists: mail domains are reserved for examples, telephone numbers have subscriber
//! numbers that are not given out, Telegram ids are longer than real ones.

use super::dice::Dice;

/// A person's name, reachability and language.
#[derive(Debug, Clone)]
pub struct Person {
    pub name: String,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub telegram_id: Option<String>,
    pub telegram_username: Option<String>,
    pub locale: &'static str,
    pub city: &'static str,
}

struct Country {
    locale: &'static str,
    /// Prefix and operator codes of mobile telephones.
    phone: (&'static str, &'static [&'static str]),
    cities: &'static [&'static str],
    first_names: [&'static [&'static str]; 2],
    /// For a man and for a woman.
    last_names: &'static [[&'static str; 2]],
}

const RUSSIA: Country = Country {
    locale: "ru",
    phone: ("+7", &["903", "912", "916", "925", "937", "951", "963", "985", "999"]),
    cities: &[
        "Москва",
        "Санкт-Петербург",
        "Казань",
        "Екатеринбург",
        "Новосибирск",
        "Иваново",
        "Краснодар",
        "Самара",
        "Ростов-на-Дону",
        "Тула",
        "Пермь",
        "Уфа",
    ],
    first_names: [
        &[
            "Александр",
            "Дмитрий",
            "Сергей",
            "Андрей",
            "Алексей",
            "Максим",
            "Иван",
            "Михаил",
            "Никита",
            "Павел",
            "Роман",
            "Артём",
            "Тимур",
            "Руслан",
            "Егор",
            "Константин",
        ],
        &[
            "Анна",
            "Мария",
            "Елена",
            "Ольга",
            "Наталья",
            "Екатерина",
            "Татьяна",
            "Ирина",
            "Юлия",
            "Светлана",
            "Дарья",
            "Алина",
            "Виктория",
            "Ксения",
            "Полина",
            "Лейла",
        ],
    ],
    last_names: &[
        ["Иванов", "Иванова"],
        ["Смирнов", "Смирнова"],
        ["Кузнецов", "Кузнецова"],
        ["Попов", "Попова"],
        ["Соколов", "Соколова"],
        ["Лебедев", "Лебедева"],
        ["Козлов", "Козлова"],
        ["Новиков", "Новикова"],
        ["Морозов", "Морозова"],
        ["Петров", "Петрова"],
        ["Волков", "Волкова"],
        ["Зайцев", "Зайцева"],
        ["Фёдоров", "Фёдорова"],
        ["Орлов", "Орлова"],
        ["Галиев", "Галиева"],
        ["Сафин", "Сафина"],
        ["Щербаков", "Щербакова"],
        ["Шевченко", "Шевченко"],
    ],
};

const KAZAKHSTAN: Country = Country {
    locale: "ru",
    phone: ("+7", &["701", "702", "705", "747", "777"]),
    cities: &["Алматы", "Астана", "Шымкент", "Караганда"],
    first_names: [
        &["Данияр", "Ерлан", "Нурлан", "Арман", "Айдос", "Бауыржан"],
        &["Айгуль", "Динара", "Мадина", "Асель", "Жанна", "Гульнара"],
    ],
    last_names: &[
        ["Ахметов", "Ахметова"],
        ["Омаров", "Омарова"],
        ["Нурпеисов", "Нурпеисова"],
        ["Касымов", "Касымова"],
        ["Сулейменов", "Сулейменова"],
    ],
};

const UZBEKISTAN: Country = Country {
    locale: "uz",
    phone: ("+998", &["90", "91", "93", "97", "99"]),
    cities: &["Toshkent", "Samarqand", "Buxoro", "Andijon", "Farg‘ona"],
    first_names: [
        &["Jasur", "Sardor", "Otabek", "Sherzod", "Bobur", "Rustam"],
        &["Dilnoza", "Nilufar", "Gulnora", "Malika", "Shahnoza", "Zulfiya"],
    ],
    last_names: &[
        ["Karimov", "Karimova"],
        ["Rahimov", "Rahimova"],
        ["Yusupov", "Yusupova"],
        ["To‘rayev", "To‘rayeva"],
        ["Abdullayev", "Abdullayeva"],
    ],
};

const BELARUS: Country = Country {
    locale: "ru",
    phone: ("+375", &["25", "29", "33", "44"]),
    cities: &["Минск", "Гомель", "Брест", "Гродно"],
    first_names: [&["Владислав", "Антон", "Денис", "Янка"], &["Алеся", "Вероника", "Кристина", "Янина"]],
    last_names: &[["Ковалевский", "Ковалевская"], ["Жук", "Жук"], ["Климович", "Климович"], ["Новицкий", "Новицкая"]],
};

const KYRGYZSTAN: Country = Country {
    locale: "ru",
    phone: ("+996", &["500", "555", "700", "770"]),
    cities: &["Бишкек", "Ош"],
    first_names: [&["Азамат", "Бакыт", "Тилек", "Нурбек"], &["Айжан", "Чолпон", "Назгуль", "Бермет"]],
    last_names: &[["Асанов", "Асанова"], ["Токтогулов", "Токтогулова"], ["Бекмуратов", "Бекмуратова"]],
};

const ARMENIA: Country = Country {
    locale: "ru",
    phone: ("+374", &["91", "94", "98"]),
    cities: &["Ереван", "Гюмри"],
    first_names: [&["Армен", "Тигран", "Давид", "Гагик"], &["Ануш", "Лусине", "Мариам", "Нарине"]],
    last_names: &[["Саркисян", "Саркисян"], ["Григорян", "Григорян"], ["Мкртчян", "Мкртчян"]],
};

const MAIL_DOMAINS: [(&str, f64); 4] =
    [("pochta.example", 5.0), ("mail.example", 4.0), ("yashik.example", 2.0), ("xat.example", 1.0)];

/// Whoever is seller number `number`.
pub fn person(dice: &mut Dice, number: usize) -> Person {
    let country = dice.pick_weighted(&[
        (&RUSSIA, 72.0),
        (&BELARUS, 8.0),
        (&KAZAKHSTAN, 8.0),
        (&UZBEKISTAN, 5.0),
        (&KYRGYZSTAN, 4.0),
        (&ARMENIA, 3.0),
    ]);
    let gender = usize::from(dice.chance(0.58));
    let (first, last) = (*dice.pick(country.first_names[gender]), dice.pick(country.last_names)[gender]);
    let latin = format!("{}.{}", latin(first), latin(last));
    let domain = dice.pick_weighted(&MAIL_DOMAINS);
    let has_telegram = dice.chance(0.9);
    let (prefix, codes) = country.phone;
    Person {
        name: format!("{first} {last}"),
        email: dice.chance(0.93).then(|| format!("{latin}{number}@{domain}")),
        phone: dice.chance(0.82).then(|| {
            let code = dice.pick(codes);
            format!("{prefix} {code} 000-{:02}-{:02}", number / 100 % 100, number % 100)
        }),
        telegram_id: has_telegram.then(|| format!("{}", 900_000_000_000_i64 + number as i64)),
        telegram_username: (has_telegram && dice.chance(0.75))
            .then(|| format!("{}_wb{number}", latin.replace('.', "_"))),
        locale: country.locale,
        city: dice.pick::<&str>(country.cities),
    }
}

/// A name in the letters of mail addresses.
fn latin(name: &str) -> String {
    name.to_lowercase().chars().map(latin_letter).collect()
}

fn latin_letter(letter: char) -> &'static str {
    const LETTERS: [(char, &str); 33] = [
        ('а', "a"),
        ('б', "b"),
        ('в', "v"),
        ('г', "g"),
        ('д', "d"),
        ('е', "e"),
        ('ё', "e"),
        ('ж', "zh"),
        ('з', "z"),
        ('и', "i"),
        ('й', "y"),
        ('к', "k"),
        ('л', "l"),
        ('м', "m"),
        ('н', "n"),
        ('о', "o"),
        ('п', "p"),
        ('р', "r"),
        ('с', "s"),
        ('т', "t"),
        ('у', "u"),
        ('ф', "f"),
        ('х', "kh"),
        ('ц', "ts"),
        ('ч', "ch"),
        ('ш', "sh"),
        ('щ', "shch"),
        ('ъ', ""),
        ('ы', "y"),
        ('ь', ""),
        ('э', "e"),
        ('ю', "yu"),
        ('я', "ya"),
    ];
    const ASCII: &str = "abcdefghijklmnopqrstuvwxyz";
    if let Some(place) = ASCII.find(letter) {
        return &ASCII[place..=place];
    }
    LETTERS.iter().find(|(cyrillic, _)| *cyrillic == letter).map_or("", |(_, latin)| latin)
}
