//! The delivery certificate (送达回证).
