// Writing a histogram in the V2 encodings.

extension Histogram {
    /// The V2 encoding, byte for byte as the Java reference writes it.
    ///
    /// The number of out-of-range values is not part of it. Layout: ``V2Header``.
    ///
    /// - Complexity: O(counters up to the largest value).
    public func encoded() -> [UInt8] {
        let payload = encodedCounts()
        var bytes: [UInt8] = []
        bytes.reserveCapacity(V2Header.byteCount + payload.count)
        V2Header(layout: layout, payloadByteCount: payload.count).append(to: &bytes)
        bytes += payload
        return bytes
    }

    /// The V2 compressed encoding: the V2 encoding as a zlib stream, with cookie and length.
    ///
    /// - Complexity: O(counters up to the largest value).
    public func encodedCompressed() -> [UInt8] {
        encodedCompressed(level: .standard)
    }

    /// The V2 compressed encoding in base64, as interval logs hold it.
    public func encodedBase64() -> String {
        PaddedBase64.encode(encodedCompressed())
    }

    func encodedCompressed(level: ZlibLevel) -> [UInt8] {
        let contents = ZlibDeflater.deflate(encoded(), level: level)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(V2Header.compressedPrefixByteCount + contents.count)
        BigEndian.append(UInt64(V2Header.Cookie.compressed.written), byteCount: 4, to: &bytes)
        BigEndian.append(UInt64(contents.count), byteCount: 4, to: &bytes)
        bytes += contents
        return bytes
    }

    /// Counts from value 0 up to the largest one; runs of zeros as one negative number.
    ///
    /// A lone zero is written as 0, not as a run of 1, and an empty histogram as a single 0: the
    /// reference does so.
    private func encodedCounts() -> [UInt8] {
        var bytes: [UInt8] = []
        let end = max(usedIndexes.upperBound, 1)
        var index = 0
        while index < end {
            let count = counts[index]
            index += 1
            guard count == 0 else {
                ZigZagLEB128.append(count, to: &bytes)
                continue
            }
            var zeroCount: Int64 = 1
            while index < end, counts[index] == 0 {
                zeroCount += 1
                index += 1
            }
            ZigZagLEB128.append(zeroCount > 1 ? -zeroCount : 0, to: &bytes)
        }
        return bytes
    }
}
