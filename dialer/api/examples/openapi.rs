//! Prints the OpenAPI document: `cargo run -p warmline-api --example openapi > console-web/openapi.json`.

fn main() -> Result<(), serde_json::Error> {
    println!("{}", warmline_api::openapi().to_pretty_json()?);
    Ok(())
}
