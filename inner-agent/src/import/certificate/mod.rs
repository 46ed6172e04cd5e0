//! The certificate of service (送达回证, article 11): a settled receipt as JSON record, as HTML page, and as PDF to print and
//! file. All three depend on the receipt, the court's name and the font only, so their bytes are the same each time.

mod font;
mod form;
mod pdf;

pub use form::Certificate;
pub use pdf::PdfRenderer;

#[cfg(test)]
mod tests;
