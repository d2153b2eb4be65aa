//! What changed between two texts, line by line.
//!
//! Myers' greedy algorithm ("An O(ND) Difference Algorithm", 1986) between what both texts begin and end with.

/// Changes beyond which the middle is shown as wholly replaced: nobody reads such a difference line by line,
/// and the search would need memory by the square of them.
const MOST_CHANGES: usize = 2000;

/// One line of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiffLine<'a> {
    /// In both.
    Same(&'a str),
    /// Only in the old text.
    Removed(&'a str),
    /// Only in the new text.
    Added(&'a str),
}

/// Every line of both texts in order.
pub fn diff<'a>(old: &'a str, new: &'a str) -> Vec<DiffLine<'a>> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (old_middle, new_middle) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);
    let mut lines: Vec<DiffLine<'a>> = old[..head].iter().map(|line| DiffLine::Same(line)).collect();
    match middle(old_middle, new_middle) {
        Some(found) => lines.extend(found),
        None => {
            lines.extend(old_middle.iter().map(|line| DiffLine::Removed(line)));
            lines.extend(new_middle.iter().map(|line| DiffLine::Added(line)));
        }
    }
    lines.extend(old[old.len() - tail..].iter().map(|line| DiffLine::Same(line)));
    lines
}

/// The changes with `context` lines around each, in the unified form: `@@ -1,4 +1,5 @@`, then lines that begin
/// with a space, `-` or `+`. Empty when the texts are equal.
pub fn unified(old: &str, new: &str, context: usize) -> String {
    let lines = diff(old, new);
    let changed: Vec<usize> =
        lines.iter().enumerate().filter(|(_, line)| !matches!(line, DiffLine::Same(_))).map(|(i, _)| i).collect();
    let mut out = String::new();
    let hunks = changed.chunk_by(|a, b| b - a <= 2 * context + 1);
    let mut count = Counter::default();
    for hunk in hunks {
        let (Some(first), Some(last)) = (hunk.first(), hunk.last()) else { continue };
        let (from, to) = (first.saturating_sub(context), (last + context + 1).min(lines.len()));
        count.pass(&lines, from);
        let before = count;
        count.pass(&lines, to);
        let (old_lines, new_lines) = (count.old - before.old, count.new - before.new);
        let start = |line: usize, lines: usize| if lines == 0 { line } else { line + 1 };
        out.push_str(&format!(
            "@@ -{},{old_lines} +{},{new_lines} @@\n",
            start(before.old, old_lines),
            start(before.new, new_lines)
        ));
        for line in &lines[from..to] {
            let (mark, text) = match line {
                DiffLine::Same(text) => (' ', text),
                DiffLine::Removed(text) => ('-', text),
                DiffLine::Added(text) => ('+', text),
            };
            out.push(mark);
            out.push_str(text);
            out.push('\n');
        }
    }
    out
}

/// How many lines of each text lie before a place in the difference.
#[derive(Clone, Copy, Default)]
struct Counter {
    at: usize,
    old: usize,
    new: usize,
}

impl Counter {
    fn pass(&mut self, lines: &[DiffLine<'_>], to: usize) {
        for line in &lines[self.at..to] {
            self.old += usize::from(!matches!(line, DiffLine::Added(_)));
            self.new += usize::from(!matches!(line, DiffLine::Removed(_)));
        }
        self.at = to;
    }
}

/// The shortest way from `old` to `new`; none when it is too long to look for.
fn middle<'a>(old: &[&'a str], new: &[&'a str]) -> Option<Vec<DiffLine<'a>>> {
    let (old_len, new_len) = (old.len() as isize, new.len() as isize);
    let most = (old.len() + new.len()).min(MOST_CHANGES);
    let width = most as isize + 1;
    // `reach[k]`: how far into `old` the furthest path on diagonal k (old place minus new place) has come.
    let mut reach = vec![0isize; 2 * width as usize + 1];
    let mut history: Vec<Vec<isize>> = Vec::new();
    for changes in 0..=most as isize {
        for k in (-changes..=changes).step_by(2) {
            let at = |k: isize| reach[(k + width) as usize];
            let down = k == -changes || (k != changes && at(k - 1) < at(k + 1));
            let mut x = if down { at(k + 1) } else { at(k - 1) + 1 };
            while x < old_len && x - k < new_len && x >= k && old[x as usize] == new[(x - k) as usize] {
                x += 1;
            }
            reach[(k + width) as usize] = x;
            if x >= old_len && x - k >= new_len {
                return Some(walk_back(old, new, &history, changes));
            }
        }
        let (from, to) = ((width - changes) as usize, (width + changes) as usize);
        history.push(reach[from..=to].to_vec());
    }
    None
}

/// From the end to the beginning, by what each number of changes had reached.
fn walk_back<'a>(old: &[&'a str], new: &[&'a str], history: &[Vec<isize>], changes: isize) -> Vec<DiffLine<'a>> {
    let (mut x, mut y) = (old.len() as isize, new.len() as isize);
    let mut lines = Vec::new();
    for made in (1..=changes).rev() {
        let before = &history[made as usize - 1];
        let at = |k: isize| before.get((k + made - 1) as usize).copied().unwrap_or(-1);
        let k = x - y;
        let down = k == -made || (k != made && at(k - 1) < at(k + 1));
        let from_k = if down { k + 1 } else { k - 1 };
        let from_x = at(from_k);
        let from_y = from_x - from_k;
        while x > from_x && y > from_y {
            (x, y) = (x - 1, y - 1);
            lines.push(DiffLine::Same(old[x as usize]));
        }
        if down {
            y -= 1;
            lines.push(DiffLine::Added(new[y as usize]));
        } else {
            x -= 1;
            lines.push(DiffLine::Removed(old[x as usize]));
        }
    }
    while x > 0 && y > 0 {
        (x, y) = (x - 1, y - 1);
        lines.push(DiffLine::Same(old[x as usize]));
    }
    lines.reverse();
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rebuilt(lines: &[DiffLine<'_>], old: bool) -> String {
        let of = |line: &DiffLine<'_>| match line {
            DiffLine::Same(text) => Some((*text).to_owned()),
            DiffLine::Removed(text) => old.then(|| (*text).to_owned()),
            DiffLine::Added(text) => (!old).then(|| (*text).to_owned()),
        };
        lines.iter().filter_map(of).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_changed_line_is_shown_with_what_is_around_it() {
        let old = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n";
        let new = "a\nb\nc\nD\ne\nf\ng\nh\ni\nj\nk\n";
        assert_eq!(unified(old, new, 1), "@@ -3,3 +3,3 @@\n c\n-d\n+D\n e\n@@ -10,1 +10,2 @@\n j\n+k\n");
        assert_eq!(unified(old, old, 3), "");
        assert_eq!(unified("", "a\n", 3), "@@ -0,0 +1,1 @@\n+a\n");
    }

    #[test]
    fn the_difference_is_shortest_and_both_texts_can_be_read_from_it() {
        // The example of Myers' paper: five changes.
        let spaced = |text: &str| text.chars().map(|c| c.to_string()).collect::<Vec<_>>().join("\n");
        let (old, new) = (spaced("abcabba"), spaced("cbabac"));
        let lines = diff(&old, &new);
        assert_eq!(lines.iter().filter(|l| !matches!(l, DiffLine::Same(_))).count(), 5);
        let mut seed = 7u64;
        for _ in 0..300 {
            let mut text = || {
                let mut drawn = String::new();
                for _ in 0..12 {
                    seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    drawn.push(['a', 'b', 'c', 'd'][(seed >> 60) as usize % 4]);
                }
                spaced(&drawn[..(seed >> 40) as usize % 13])
            };
            let (old, new) = (text(), text());
            let lines = diff(&old, &new);
            assert_eq!((rebuilt(&lines, true), rebuilt(&lines, false)), (old, new));
        }
    }

    #[test]
    fn texts_without_a_common_line_do_not_cost_the_square_of_their_length() {
        let text = |from: usize| (from..from + 20_000).map(|n| format!("{n}\n")).collect::<String>();
        let (old, new) = (text(0), text(100_000));
        assert_eq!(diff(&old, &new).len(), 40_000);
    }
}
