//! Which product a feature of a class belongs to, by binary search in columns.
//!
//! Compiled twice, like [`super::schema`]: the build script lays the columns out.

use std::borrow::Cow;

use super::schema::ShapeRow;

/// Features of classes with the products that have them.
#[derive(Debug)]
pub struct ShapeTable {
    products: Vec<String>,
    /// Four bytes each in little endian, ascending.
    hashes: Cow<'static, [u8]>,
    /// Two bytes each in little endian: positions among the products.
    numbers: Cow<'static, [u8]>,
}

impl ShapeTable {
    /// A table of columns that [`columns`] made.
    pub fn new(
        products: Vec<String>,
        hashes: impl Into<Cow<'static, [u8]>>,
        numbers: impl Into<Cow<'static, [u8]>>,
    ) -> Self {
        Self { products, hashes: hashes.into(), numbers: numbers.into() }
    }

    /// Ids of the products by position.
    pub fn products(&self) -> impl Iterator<Item = &str> {
        self.products.iter().map(String::as_str)
    }

    /// How many features the product at a position has.
    pub fn features_of(&self, product: usize) -> usize {
        let (numbers, _) = self.numbers.as_chunks::<2>();
        numbers.iter().filter(|bytes| usize::from(u16::from_le_bytes(**bytes)) == product).count()
    }

    /// Position of the product that has a feature.
    pub fn product(&self, hash: u32) -> Option<usize> {
        let (hashes, _) = self.hashes.as_chunks::<4>();
        let at = hashes.binary_search_by_key(&hash, |bytes| u32::from_le_bytes(*bytes)).ok()?;
        let (numbers, _) = self.numbers.as_chunks::<2>();
        numbers.get(at).map(|bytes| usize::from(u16::from_le_bytes(*bytes)))
    }
}

/// The columns of hashes and of products' positions; of features that stand twice the last counts.
pub fn columns(rows: &[ShapeRow]) -> (Vec<u8>, Vec<u8>) {
    let mut all: Vec<(u32, u16)> =
        (0u16..).zip(rows).flat_map(|(number, row)| row.features.iter().map(move |hash| (*hash, number))).collect();
    all.sort_unstable_by(|a, b| b.cmp(a));
    all.dedup_by_key(|pair| pair.0);
    all.reverse();
    let hashes = all.iter().flat_map(|(hash, _)| hash.to_le_bytes()).collect();
    (hashes, all.iter().flat_map(|(_, number)| number.to_le_bytes()).collect())
}
