//! A record as bytes (SPEC.md, section 11).

use crate::encoding::compact::{Decode, Encode, Reader, Writer};
use crate::error::Result;
use crate::record::{DocumentRef, Record, Value};

impl Encode for Record {
    fn write(&self, writer: &mut Writer) {
        let Self { schema, kind, id, version, case_id, person, retracted, fields } = self;
        writer.put(schema).put(kind).put(id).put(version).put(case_id).put(person).put(retracted).put(fields);
    }
}

impl Decode for Record {
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            schema: reader.get()?,
            kind: reader.get()?,
            id: reader.get()?,
            version: reader.get()?,
            case_id: reader.get()?,
            person: reader.get()?,
            retracted: reader.get()?,
            fields: reader.get()?,
        })
    }
}

impl Encode for Value {
    fn write(&self, writer: &mut Writer) {
        match self {
            Self::Text(text) => writer.variant(0).put(text),
            Self::Integer(number) => writer.variant(1).put(number),
            Self::Document(document) => writer.variant(2).put(document),
        };
    }
}

impl Decode for Value {
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        match reader.variant()? {
            0 => Ok(Self::Text(reader.get()?)),
            1 => Ok(Self::Integer(reader.get()?)),
            2 => Ok(Self::Document(reader.get()?)),
            other => Err(reader.unknown_variant(other)),
        }
    }
}

impl Encode for DocumentRef {
    fn write(&self, writer: &mut Writer) {
        let Self { sha256, bytes, name, media_type } = self;
        writer.put(sha256).put(bytes).put(name).put(media_type);
    }
}

impl Decode for DocumentRef {
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self { sha256: reader.get()?, bytes: reader.get()?, name: reader.get()?, media_type: reader.get()? })
    }
}
