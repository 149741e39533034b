//! Bodies as clients pack them: recognised by their bytes, because clients label them wrongly; bounded before and after unpacking.

use std::io::Read;

use axum::body::{Body, to_bytes};
use axum::http::StatusCode;

use crate::http::error::{ApiResult, Problem};

/// How much a door takes.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes on the wire.
    pub packed: usize,
    /// Bytes after unpacking.
    pub unpacked: usize,
    /// Nesting of arrays and objects.
    pub depth: usize,
}

impl Limits {
    /// For keys anybody may hold.
    pub const PUBLIC: Limits = Limits { packed: 1 << 20, unpacked: 8 << 20, depth: 32 };
    /// For keys only servers hold.
    pub const SERVER: Limits = Limits { packed: 20 << 20, unpacked: 64 << 20, depth: 32 };
}

/// Reads, unpacks and checks the depth of a JSON body.
pub async fn read(body: Body, limits: Limits) -> ApiResult<Vec<u8>> {
    let packed = to_bytes(body, limits.packed).await.map_err(|error| {
        if std::error::Error::source(&error).is_some_and(|source| source.to_string().contains("length limit exceeded"))
        {
            Problem::too_large(format!("The body is larger than {} bytes; send fewer items at once.", limits.packed))
        } else {
            Problem::malformed("The body ended before it was complete.")
        }
    })?;
    let plain = unpack(&packed, limits.unpacked)?;
    check_depth(&plain, limits.depth)?;
    Ok(plain)
}

/// Unpacks by looking at the bytes: gzip and zlib have a signature, JSON begins like JSON, and what is left is tried as brotli, then as raw deflate.
fn unpack(bytes: &[u8], limit: usize) -> ApiResult<Vec<u8>> {
    if bytes.starts_with(&[0x1f, 0x8b]) {
        return read_bounded(flate2::read::MultiGzDecoder::new(bytes), limit, "gzip");
    }
    if looks_like_text(bytes) {
        if bytes.len() > limit {
            return Err(Problem::too_large(format!(
                "The body is larger than {limit} bytes; send fewer items at once."
            )));
        }
        return Ok(bytes.to_vec());
    }
    if is_zlib(bytes) {
        return read_bounded(flate2::read::ZlibDecoder::new(bytes), limit, "deflate");
    }
    match read_bounded(brotli::Decompressor::new(bytes, 4096), limit, "brotli") {
        Ok(plain) if looks_like_text(&plain) => Ok(plain),
        Err(problem) if problem.status == StatusCode::PAYLOAD_TOO_LARGE.as_u16() => Err(problem),
        _ => match read_bounded(flate2::read::DeflateDecoder::new(bytes), limit, "deflate") {
            Ok(plain) if looks_like_text(&plain) => Ok(plain),
            Err(problem) if problem.status == StatusCode::PAYLOAD_TOO_LARGE.as_u16() => Err(problem),
            _ => Err(Problem::malformed("The body is neither JSON nor packed with gzip, brotli or deflate.")),
        },
    }
}

/// JSON and form bodies are text; nothing packed begins with one of these.
fn looks_like_text(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match text.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => true,
        Some(b'{' | b'[' | b'"') => true,
        Some(_) => text.starts_with(b"data="),
    }
}

/// RFC 1950: method 8, and the first two bytes are a multiple of 31.
fn is_zlib(bytes: &[u8]) -> bool {
    matches!(bytes, [first, second, ..] if first & 0x0f == 8 && (u16::from(*first) << 8 | u16::from(*second)).is_multiple_of(31))
}

fn read_bounded(reader: impl Read, limit: usize, packing: &str) -> ApiResult<Vec<u8>> {
    let mut plain = Vec::new();
    reader.take(limit as u64 + 1).read_to_end(&mut plain).map_err(|error| {
        Problem::malformed(format!("The body begins like {packing} but cannot be unpacked: {error}."))
    })?;
    if plain.len() > limit {
        return Err(Problem::too_large(format!(
            "The unpacked body is larger than {limit} bytes; send fewer items at once."
        )));
    }
    Ok(plain)
}

/// Deep nesting costs a parser its stack, so it is counted before parsing.
fn check_depth(json: &[u8], limit: usize) -> ApiResult<()> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in json {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => {
                depth += 1;
                if depth > limit {
                    return Err(Problem::malformed(format!("The body is nested deeper than {limit} levels.")));
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const JSON: &[u8] = br#"{"event":"signed_up","userId":"7"}"#;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn every_packing_is_recognised_by_its_bytes() {
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        zlib.write_all(JSON).unwrap();
        let mut raw = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
        raw.write_all(JSON).unwrap();
        let mut packed_brotli = Vec::new();
        brotli::CompressorWriter::new(&mut packed_brotli, 4096, 5, 22).write_all(JSON).unwrap();
        for packed in [JSON.to_vec(), gzip(JSON), zlib.finish().unwrap(), raw.finish().unwrap(), packed_brotli] {
            assert_eq!(unpack(&packed, 1024).unwrap(), JSON);
        }
    }

    #[test]
    fn a_bomb_is_refused_before_it_fills_the_memory() {
        let bomb = gzip(&vec![b'['; 4 << 20]);
        assert!(bomb.len() < 8_000);
        assert_eq!(unpack(&bomb, 1 << 20).unwrap_err().status, 413);
    }

    #[test]
    fn deep_nesting_is_refused_and_brackets_in_strings_do_not_count() {
        assert_eq!(check_depth(&[b'['; 33], 32).unwrap_err().status, 400);
        assert!(check_depth(br#"{"a":"[[[[[[\"[[[["}"#, 2).is_ok());
    }

    #[test]
    fn garbage_is_malformed() {
        assert_eq!(unpack(&[0xde, 0xad, 0xbe, 0xef], 1024).unwrap_err().status, 400);
    }
}
