//! Small OFD and Word packages, stored without compression, written by hand.

/// A package: its parts in their order.
#[derive(Clone, Default)]
pub struct MadePackage {
    parts: Vec<(String, Vec<u8>)>,
}

impl MadePackage {
    /// An OFD of one page with these objects on it.
    pub fn ofd(objects: &str) -> Self {
        let mut package = Self::default();
        let root = "<ofd:OFD xmlns:ofd=\"http://www.ofdspec.org/2016\" Version=\"1.0\"><ofd:DocBody>\
                    <ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>";
        let document = "<ofd:Document xmlns:ofd=\"http://www.ofdspec.org/2016\"><ofd:Pages>\
                        <ofd:Page ID=\"1\" BaseLoc=\"Pages/Page_0/Content.xml\"/></ofd:Pages></ofd:Document>";
        let page = format!(
            "<ofd:Page xmlns:ofd=\"http://www.ofdspec.org/2016\"><ofd:Content><ofd:Layer ID=\"2\">{objects}</ofd:Layer>\
             </ofd:Content></ofd:Page>"
        );
        package.add("OFD.xml", root.as_bytes());
        package.add("Doc_0/Document.xml", document.as_bytes());
        package.add("Doc_0/Pages/Page_0/Content.xml", page.as_bytes());
        package
    }

    /// A text object of OFD.
    pub fn ofd_text(text: &str) -> String {
        format!(
            "<ofd:TextObject ID=\"3\" Boundary=\"20 30 100 6\" Font=\"4\" Size=\"5\">\
             <ofd:TextCode X=\"0\" Y=\"4\">{text}</ofd:TextCode></ofd:TextObject>"
        )
    }

    /// A Word document with this body.
    pub fn docx(body: &str) -> Self {
        let mut package = Self::default();
        let types = "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>";
        let document = format!(
            "<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body>{body}</w:body></w:document>"
        );
        package.add("[Content_Types].xml", types.as_bytes());
        package.add("word/document.xml", document.as_bytes());
        package
    }

    /// A paragraph of Word, its text in these runs.
    pub fn paragraph(runs: &[&str]) -> String {
        let runs: String = runs.iter().map(|run| format!("<w:r><w:t>{run}</w:t></w:r>")).collect();
        format!("<w:p>{runs}</w:p>")
    }

    /// Adds a part.
    pub fn add(&mut self, name: &str, bytes: &[u8]) {
        self.parts.push((name.to_owned(), bytes.to_vec()));
    }

    /// The file.
    pub fn bytes(&self) -> Vec<u8> {
        let (mut file, mut directory) = (Vec::new(), Vec::new());
        for (name, bytes) in &self.parts {
            let at = file.len() as u32;
            let mut common = Vec::new();
            // Version, flags (names in UTF-8), stored, time, date, checksum, lengths, length of the name.
            for n in [20_u16, 0x800, 0, 0, 0x5a21] {
                common.extend(n.to_le_bytes());
            }
            for n in [checksum(bytes), bytes.len() as u32, bytes.len() as u32] {
                common.extend(n.to_le_bytes());
            }
            common.extend((name.len() as u16).to_le_bytes());
            common.extend(0_u16.to_le_bytes());
            file.extend(b"PK\x03\x04");
            file.extend(&common);
            file.extend(name.as_bytes());
            file.extend(bytes);
            directory.extend(b"PK\x01\x02\x14\x00");
            directory.extend(&common);
            directory.extend([0; 10]);
            directory.extend(at.to_le_bytes());
            directory.extend(name.as_bytes());
        }
        let (at, entries) = (file.len() as u32, self.parts.len() as u16);
        file.extend(&directory);
        file.extend(b"PK\x05\x06\0\0\0\0");
        file.extend(entries.to_le_bytes());
        file.extend(entries.to_le_bytes());
        file.extend((directory.len() as u32).to_le_bytes());
        file.extend(at.to_le_bytes());
        file.extend([0; 2]);
        file
    }
}

/// CRC-32 of ZIP (ISO 3309).
fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 })
    })
}
