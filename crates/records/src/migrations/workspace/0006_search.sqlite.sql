-- Everything the search box looks at, side by side: a search reads this instead of the wide table.
CREATE INDEX profile_search ON profile (id, name_fold, email_fold, phone, telegram_id, telegram_username);
