//! "Did you mean …?" for names that do not exist.

/// The candidate that differs least from `given`, if it is near enough to be a slip of the hand.
pub fn closest<'a>(given: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Names from outside may be of any length; nothing longer than this resembles one of ours.
    if given.chars().count() > 64 {
        return None;
    }
    let allowed = (given.chars().count() / 3).clamp(1, 3);
    candidates
        .into_iter()
        .map(|candidate| (distance(given, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// ` Did you mean "…"?`, or nothing.
pub fn did_you_mean<'a>(given: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    closest(given, candidates).map(|candidate| format!(" Did you mean {candidate:?}?")).unwrap_or_default()
}

/// How many letters must be inserted, removed, replaced or swapped with their neighbour to make one text from the
/// other.
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    let mut table = vec![(0..=right.len()).collect::<Vec<usize>>(); left.len() + 1];
    for (i, row) in table.iter_mut().enumerate() {
        row[0] = i;
    }
    for i in 1..=left.len() {
        for j in 1..=right.len() {
            let replaced = table[i - 1][j - 1] + usize::from(left[i - 1] != right[j - 1]);
            let mut best = replaced.min(table[i - 1][j] + 1).min(table[i][j - 1] + 1);
            let swapped = i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1];
            if swapped {
                best = best.min(table[i - 2][j - 2] + 1);
            }
            table[i][j] = best;
        }
    }
    table[left.len()][right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_suggested_and_far_ones_are_not() {
        let names = ["total_paid", "status", "name"];
        assert_eq!(closest("total_payd", names), Some("total_paid"));
        assert_eq!(closest("satus", names), Some("status"));
        assert_eq!(closest("nam", names), Some("name"));
        assert_eq!(closest("revenue", names), None);
    }
}
