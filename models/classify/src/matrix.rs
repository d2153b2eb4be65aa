//! Symmetric positive definite systems: a blocked Cholesky factor, solutions, the diagonal of the inverse.
//!
//! Nearly all the work is multiplication of blocks, which `ndarray` does with the processor's vector units.

use ndarray::{Array2, ArrayView2, ArrayViewMut2, linalg::general_mat_mul, s};

/// Rows of a block: small enough for the cache, large enough for the multiplication to dominate.
const BLOCK: usize = 64;

fn blocks(n: usize) -> impl DoubleEndedIterator<Item = (usize, usize)> {
    (0..n.div_ceil(BLOCK)).map(move |at| (at * BLOCK, ((at + 1) * BLOCK).min(n)))
}

/// The lower factor of `a` in place of `a` (what is above the diagonal is set to nought), or `None` when `a` is not
/// positive definite.
pub fn factor(mut a: Array2<f32>) -> Option<Array2<f32>> {
    let n = a.nrows();
    for (from, to) in blocks(n) {
        let (done, mut rest) = a.view_mut().split_at(ndarray::Axis(1), from);
        let top = done.slice(s![from..to, ..]);
        general_mat_mul(-1.0, &done.slice(s![from.., ..]), &top.t(), 1.0, &mut rest.slice_mut(s![from.., ..to - from]));
        factor_block(a.slice_mut(s![from..to, from..to]))?;
        let (upper, mut lower) = a.slice_mut(s![from.., from..to]).split_at(ndarray::Axis(0), to - from);
        divide_rows(&mut lower, &upper.view());
    }
    for row in 0..n {
        a.slice_mut(s![row, row + 1..]).fill(0.0);
    }
    Some(a)
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

/// Each row x of `rows` becomes the solution of y·Lᵀ = x.
fn divide_rows(rows: &mut ArrayViewMut2<f32>, lower: &ArrayView2<f32>) {
    for mut row in rows.rows_mut() {
        for j in 0..lower.nrows() {
            let sum: f32 = (0..j).map(|k| row[k] * lower[[j, k]]).sum();
            row[j] = (row[j] - sum) / lower[[j, j]];
        }
    }
}

/// L·Y = B in place of `b`.
fn forward(lower: &ArrayView2<f32>, b: &mut Array2<f32>) {
    for (from, to) in blocks(lower.nrows()) {
        let (done, mut rest) = b.view_mut().split_at(ndarray::Axis(0), from);
        let mut mine = rest.slice_mut(s![..to - from, ..]);
        general_mat_mul(-1.0, &lower.slice(s![from..to, ..from]), &done, 1.0, &mut mine);
        for i in 0..to - from {
            let (above, mut row) = mine.view_mut().split_at(ndarray::Axis(0), i);
            let mut row = row.row_mut(0);
            for (k, known) in above.rows().into_iter().enumerate() {
                row.scaled_add(-lower[[from + i, from + k]], &known);
            }
            row /= lower[[from + i, from + i]];
        }
    }
}

/// Lᵀ·X = B in place of `b`.
fn backward(lower: &Array2<f32>, b: &mut Array2<f32>) {
    for (from, to) in blocks(lower.nrows()).rev() {
        let (mut rest, done) = b.view_mut().split_at(ndarray::Axis(0), to);
        let mut mine = rest.slice_mut(s![from.., ..]);
        general_mat_mul(-1.0, &lower.slice(s![to.., from..to]).t(), &done, 1.0, &mut mine);
        for i in (0..to - from).rev() {
            let (mut upto, below) = mine.view_mut().split_at(ndarray::Axis(0), i + 1);
            let mut row = upto.row_mut(i);
            for (k, known) in below.rows().into_iter().enumerate() {
                row.scaled_add(-lower[[from + i + 1 + k, from + i]], &known);
            }
            row /= lower[[from + i, from + i]];
        }
    }
}

/// The solution X of L·Lᵀ·X = B.
pub fn solve(lower: &Array2<f32>, mut b: Array2<f32>) -> Array2<f32> {
    forward(&lower.view(), &mut b);
    backward(lower, &mut b);
    b
}

/// The diagonal of (L·Lᵀ)⁻¹: the squared lengths of the columns of L⁻¹.
pub fn inverse_diagonal(lower: &Array2<f32>) -> Vec<f32> {
    let n = lower.nrows();
    let mut out = vec![0.0; n];
    for (from, to) in blocks(n) {
        // Columns `from..to` of L⁻¹ begin at row `from`.
        let mut columns = Array2::zeros((n - from, to - from));
        (0..to - from).for_each(|i| columns[[i, i]] = 1.0);
        forward(&lower.slice(s![from.., from..]), &mut columns);
        for (at, column) in columns.columns().into_iter().enumerate() {
            out[from + at] = column.dot(&column);
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
            let lower = factor(a.clone()).unwrap();
            let off = (a.dot(&solve(&lower, b.clone())) - b).mapv(f32::abs).into_iter().fold(0.0, f32::max);
            assert!(off < 1e-3, "{n}: {off}");
            let inverse = solve(&lower, Array2::eye(n));
            for (i, found) in inverse_diagonal(&lower).into_iter().enumerate() {
                assert!((found - inverse[[i, i]]).abs() < 1e-3, "{n}: {i}");
            }
        }
    }

    #[test]
    fn what_is_not_positive_definite_has_no_factor() {
        assert_eq!(factor(Array2::from_diag(&ndarray::arr1(&[1.0, -1.0]))), None);
    }
}
