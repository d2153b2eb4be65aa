//! Symmetric positive definite systems: a blocked Cholesky factor, solutions, the diagonal of the inverse.
//!
//! Nearly all the work is multiplication of blocks, which `ndarray` does with the processor's vector units; to that
//! end the blocks on the diagonal are inverted once, so that dividing by one is a multiplication too.

use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis, linalg::general_mat_mul, s};

/// Rows of a block: small enough for the cache, large enough for the multiplication to dominate.
const BLOCK: usize = 64;

fn blocks(n: usize) -> impl DoubleEndedIterator<Item = (usize, usize)> + ExactSizeIterator {
    (0..n.div_ceil(BLOCK)).map(move |at| (at * BLOCK, ((at + 1) * BLOCK).min(n)))
}

/// The products of all pairs of `rows`, on and below the diagonal; what is above it means nothing.
pub fn products(rows: &Array2<f32>) -> Array2<f32> {
    let n = rows.nrows();
    let mut out = Array2::zeros((n, n));
    for (from, to) in blocks(n) {
        let mine = rows.slice(s![from..to, ..]);
        general_mat_mul(1.0, &mine, &rows.slice(s![..to, ..]).t(), 0.0, &mut out.slice_mut(s![from..to, ..to]));
    }
    out
}

/// L of a matrix L·Lᵀ.
pub struct Factor {
    /// What is above the diagonal means nothing.
    lower: Array2<f32>,
    /// Of each block on the diagonal.
    inverses: Vec<Array2<f32>>,
}

impl Factor {
    /// The factor of `a`, of which only the diagonal and what is below it are read; `None` when `a` is not positive
    /// definite.
    pub fn of(mut a: Array2<f32>) -> Option<Self> {
        let mut inverses = Vec::new();
        for (from, to) in blocks(a.nrows()) {
            let (done, mut rest) = a.view_mut().split_at(Axis(1), from);
            let (left, top) = (done.slice(s![from.., ..]), done.slice(s![from..to, ..]));
            general_mat_mul(-1.0, &left, &top.t(), 1.0, &mut rest.slice_mut(s![from.., ..to - from]));
            factor_block(a.slice_mut(s![from..to, from..to]))?;
            let inverse = inverse_of_lower(&a.slice(s![from..to, from..to]));
            let below = a.slice(s![to.., from..to]).to_owned();
            general_mat_mul(1.0, &below, &inverse.t(), 0.0, &mut a.slice_mut(s![to.., from..to]));
            inverses.push(inverse);
        }
        Some(Self { lower: a, inverses })
    }

    /// The solution X of L·Lᵀ·X = B.
    pub fn solve(&self, mut b: Array2<f32>) -> Array2<f32> {
        self.forward(0, &mut b);
        for ((from, to), inverse) in blocks(self.lower.nrows()).zip(&self.inverses).rev() {
            let (mut rest, done) = b.view_mut().split_at(Axis(0), to);
            let mut mine = rest.slice_mut(s![from.., ..]);
            general_mat_mul(-1.0, &self.lower.slice(s![to.., from..to]).t(), &done, 1.0, &mut mine);
            let left = mine.to_owned();
            general_mat_mul(1.0, &inverse.t(), &left, 0.0, &mut mine);
        }
        b
    }

    /// L·Y = B in place of `b`, whose rows begin with block number `first`; above it B is nought.
    fn forward(&self, first: usize, b: &mut Array2<f32>) {
        let begin = first * BLOCK;
        for ((from, to), inverse) in blocks(self.lower.nrows()).zip(&self.inverses).skip(first) {
            let (done, mut rest) = b.view_mut().split_at(Axis(0), from - begin);
            let mut mine = rest.slice_mut(s![..to - from, ..]);
            general_mat_mul(-1.0, &self.lower.slice(s![from..to, begin..from]), &done, 1.0, &mut mine);
            let left = mine.to_owned();
            general_mat_mul(1.0, inverse, &left, 0.0, &mut mine);
        }
    }

    /// The blocks of (L·Lᵀ)⁻¹ at the rows and columns of each of `groups`, whose places rise, from group to group too:
    /// the products of the columns of L⁻¹.
    pub fn inverse_blocks(&self, groups: &[Vec<usize>]) -> Vec<Array2<f32>> {
        let mut out = Vec::with_capacity(groups.len());
        let mut rest = groups;
        while let Some(first) = rest.first().and_then(|group| group.first()).map(|place| place / BLOCK) {
            // As many groups at once as make a block of columns.
            let columns = rest.iter().scan(0, |sum, group| {
                *sum += group.len();
                Some(*sum)
            });
            let many = columns.take_while(|columns| *columns <= BLOCK).count().max(1);
            let (now, later) = rest.split_at(many);
            rest = later;
            let places: Vec<usize> = now.iter().flatten().copied().collect();
            // A column of L⁻¹ is nought above its own row.
            let mut columns = Array2::zeros((self.lower.nrows() - first * BLOCK, places.len()));
            places.iter().enumerate().for_each(|(at, place)| columns[[place - first * BLOCK, at]] = 1.0);
            self.forward(first, &mut columns);
            let mut at = 0;
            for group in now {
                let own = columns.slice(s![.., at..at + group.len()]);
                out.push(own.t().dot(&own));
                at += group.len();
            }
        }
        out
    }
}

fn factor_block(mut a: ArrayViewMut2<f32>) -> Option<()> {
    for j in 0..a.nrows() {
        for i in j..a.nrows() {
            let sum: f32 = (0..j).map(|k| a[[i, k]] * a[[j, k]]).sum();
            let rest = a[[i, j]] - sum;
            a[[i, j]] = match i == j {
                true if rest > 0.0 => rest.sqrt(),
                true => return None,
                false => rest / a[[j, j]],
            };
        }
    }
    Some(())
}

fn inverse_of_lower(lower: &ArrayView2<f32>) -> Array2<f32> {
    let mut out = Array2::zeros(lower.raw_dim());
    for j in 0..lower.nrows() {
        out[[j, j]] = 1.0 / lower[[j, j]];
        for i in j + 1..lower.nrows() {
            let sum: f32 = (j..i).map(|k| lower[[i, k]] * out[[k, j]]).sum();
            out[[i, j]] = -sum / lower[[i, i]];
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A positive definite matrix with nothing special about it.
    fn system(n: usize) -> Array2<f32> {
        let root = Array2::from_shape_fn((n, n), |(i, j)| ((i * 37 + j * 17) % 101) as f32 / 101.0 - 0.5);
        root.dot(&root.t()) / n as f32 + Array2::<f32>::eye(n) * 0.5
    }

    #[test]
    fn solutions_solve() {
        for n in [1, 5, 64, 65, 200] {
            let a = system(n);
            let b = Array2::from_shape_fn((n, 3), |(i, j)| (i + j) as f32 / n as f32);
            let factor = Factor::of(a.clone()).unwrap();
            let off = (a.dot(&factor.solve(b.clone())) - b).mapv(f32::abs).into_iter().fold(0.0, f32::max);
            assert!(off < 1e-3, "{n}: {off}");
            let inverse = factor.solve(Array2::eye(n));
            for step in [1, 2, 3] {
                let places: Vec<usize> = (0..n).collect();
                let groups: Vec<Vec<usize>> = places.chunks(step).map(<[usize]>::to_vec).collect();
                for (group, block) in groups.iter().zip(factor.inverse_blocks(&groups)) {
                    for ((i, j), found) in block.indexed_iter() {
                        let right = inverse[[group[i], group[j]]];
                        assert!((found - right).abs() < 1e-3, "{n}: {group:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_not_positive_definite_has_no_factor() {
        assert!(Factor::of(Array2::from_diag(&ndarray::arr1(&[1.0, -1.0]))).is_none());
    }

    #[test]
    fn products_are_those_of_all_pairs() {
        let rows = Array2::from_shape_fn((130, 7), |(i, j)| ((i * 31 + j * 17) % 13) as f32 - 6.0);
        let (found, right) = (products(&rows), rows.dot(&rows.t()));
        for i in 0..130 {
            assert_eq!(found.slice(s![i, ..=i]), right.slice(s![i, ..=i]));
        }
    }
}
