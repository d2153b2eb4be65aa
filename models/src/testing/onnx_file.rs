//! A writer of small ONNX files: enough of the format (onnx.proto, IR version 8, operator set 17) for graphs
//! with the inputs and outputs of published models. Protocol-buffer messages are written by hand.

/// Element types, by their number in `TensorProto.DataType`.
#[derive(Clone, Copy)]
pub(crate) enum Element {
    Float = 1,
    Int32 = 6,
    Int64 = 7,
    Bool = 9,
}

/// An attribute of a node.
pub(crate) enum Attribute<'a> {
    Int(&'a str, i64),
    Ints(&'a str, &'a [i64]),
}

/// A graph under construction. −1 as a dimension stands for any length.
#[derive(Default)]
pub(crate) struct OnnxFile {
    graph: Vec<u8>,
    metadata: Vec<u8>,
}

impl OnnxFile {
    pub(crate) fn new() -> OnnxFile {
        let mut file = OnnxFile::default();
        bytes(&mut file.graph, 2, b"test");
        file
    }

    pub(crate) fn input(self, name: &str, element: Element, dims: &[i64]) -> OnnxFile {
        self.value(11, name, element, dims)
    }

    pub(crate) fn output(self, name: &str, element: Element, dims: &[i64]) -> OnnxFile {
        self.value(12, name, element, dims)
    }

    fn value(mut self, field: u32, name: &str, element: Element, dims: &[i64]) -> OnnxFile {
        let mut shape = Vec::new();
        for (i, &dim) in dims.iter().enumerate() {
            let mut one = Vec::new();
            match dim {
                // Dimensions of the same letter would have to be equal, so each has its own.
                -1 => bytes(&mut one, 2, format!("{name}_{i}").as_bytes()),
                _ => int(&mut one, 1, dim),
            }
            bytes(&mut shape, 1, &one);
        }
        let mut tensor = Vec::new();
        int(&mut tensor, 1, element as i64);
        bytes(&mut tensor, 2, &shape);
        let mut kind = Vec::new();
        bytes(&mut kind, 1, &tensor);
        let mut info = Vec::new();
        bytes(&mut info, 1, name.as_bytes());
        bytes(&mut info, 2, &kind);
        bytes(&mut self.graph, field, &info);
        self
    }

    /// A constant of floats. `dims` multiply to the number of `values`.
    pub(crate) fn floats(self, name: &str, dims: &[i64], values: &[f32]) -> OnnxFile {
        let raw: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.constant(name, Element::Float, dims, values.len(), &raw)
    }

    /// A constant of 64-bit integers.
    pub(crate) fn ints(self, name: &str, dims: &[i64], values: &[i64]) -> OnnxFile {
        let raw: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.constant(name, Element::Int64, dims, values.len(), &raw)
    }

    fn constant(mut self, name: &str, element: Element, dims: &[i64], count: usize, raw: &[u8]) -> OnnxFile {
        assert_eq!(dims.iter().product::<i64>(), count as i64, "the constant `{name}` has another size");
        let mut tensor = Vec::new();
        for &dim in dims {
            int(&mut tensor, 1, dim);
        }
        int(&mut tensor, 2, element as i64);
        bytes(&mut tensor, 8, name.as_bytes());
        bytes(&mut tensor, 9, raw);
        bytes(&mut self.graph, 5, &tensor);
        self
    }

    /// A node of the default operator set.
    pub(crate) fn node(self, op: &str, inputs: &[&str], outputs: &[&str]) -> OnnxFile {
        self.node_with(op, inputs, outputs, &[])
    }

    pub(crate) fn node_with(mut self, op: &str, inputs: &[&str], outputs: &[&str], with: &[Attribute<'_>]) -> OnnxFile {
        let mut node = Vec::new();
        inputs.iter().for_each(|name| bytes(&mut node, 1, name.as_bytes()));
        outputs.iter().for_each(|name| bytes(&mut node, 2, name.as_bytes()));
        bytes(&mut node, 4, op.as_bytes());
        with.iter().for_each(|attribute| bytes(&mut node, 5, &attribute.encode()));
        bytes(&mut self.graph, 1, &node);
        self
    }

    /// An entry of the model's metadata.
    pub(crate) fn meta(mut self, key: &str, value: &str) -> OnnxFile {
        let mut entry = Vec::new();
        bytes(&mut entry, 1, key.as_bytes());
        bytes(&mut entry, 2, value.as_bytes());
        bytes(&mut self.metadata, 14, &entry);
        self
    }

    /// The file.
    pub(crate) fn bytes(self) -> Vec<u8> {
        let mut opset = Vec::new();
        bytes(&mut opset, 1, b"");
        int(&mut opset, 2, 17);
        let mut model = Vec::new();
        int(&mut model, 1, 8);
        bytes(&mut model, 7, &self.graph);
        bytes(&mut model, 8, &opset);
        model.extend(self.metadata);
        model
    }
}

impl Attribute<'_> {
    fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let kind = match self {
            Attribute::Int(name, value) => {
                bytes(&mut out, 1, name.as_bytes());
                int(&mut out, 3, *value);
                2
            }
            Attribute::Ints(name, values) => {
                bytes(&mut out, 1, name.as_bytes());
                values.iter().for_each(|&value| int(&mut out, 8, value));
                7
            }
        };
        int(&mut out, 20, kind);
        out
    }
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn int(out: &mut Vec<u8>, field: u32, value: i64) {
    varint(out, u64::from(field) << 3);
    varint(out, value as u64);
}

fn bytes(out: &mut Vec<u8>, field: u32, value: &[u8]) {
    varint(out, u64::from(field) << 3 | 2);
    varint(out, value.len() as u64);
    out.extend_from_slice(value);
}

mod tests {
    use super::*;
    use crate::{onnx::Runtime, store::Store};
    use ort::{inputs, value::TensorRef};

    #[test]
    fn what_is_written_runs() {
        let file = OnnxFile::new()
            .input("x", Element::Float, &[1, -1])
            .output("y", Element::Float, &[1, -1])
            .floats("two", &[1], &[2.0])
            .node("Mul", &["x", "two"], &["y"])
            .bytes();
        let runtime = Runtime::get(&Store::locate().unwrap()).unwrap();
        let session = runtime.session_from_memory(&file, std::path::Path::new("test.onnx"), 1).unwrap();
        let mut session = session.lock();
        let out =
            session.run(inputs!["x" => TensorRef::from_array_view(([1usize, 3], &[1.0f32, 2.0, 3.0][..])).unwrap()]);
        assert_eq!(out.unwrap()["y"].try_extract_tensor::<f32>().unwrap().1, [2.0, 4.0, 6.0]);
    }
}
