// Swift texts lent to rabbitmq-c while it encodes a method.

#if RabbitMQDriver
    import CRabbitMQ

    /// Memory of the texts and tables of one method; what it gives out lives as long as it does.
    final class AMQPTexts {
        /// A value of a table.
        enum Field {
            case text(String)
            case flag(Bool)
            case number(Int64)
            case table([(String, Field)])
        }

        private var memory: [UnsafeMutableRawBufferPointer] = []
        private var entries: [UnsafeMutableBufferPointer<amqp_table_entry_t>] = []

        deinit {
            for buffer in memory { buffer.deallocate() }
            for buffer in entries { buffer.deallocate() }
        }

        /// A copy of a text.
        func bytes(_ text: String) -> amqp_bytes_t {
            let buffer = UnsafeMutableRawBufferPointer.allocate(
                byteCount: max(text.utf8.count, 1), alignment: 1)
            buffer.copyBytes(from: text.utf8)
            memory.append(buffer)
            return amqp_bytes_t(len: text.utf8.count, bytes: buffer.baseAddress)
        }

        /// A table with these entries, in their order.
        func table(_ fields: [(String, Field)]) -> amqp_table_t {
            let buffer = UnsafeMutableBufferPointer<amqp_table_entry_t>.allocate(
                capacity: fields.count)
            for (index, (key, field)) in fields.enumerated() {
                buffer.initializeElement(
                    at: index, to: amqp_table_entry_t(key: bytes(key), value: value(field)))
            }
            entries.append(buffer)
            return amqp_table_t(
                num_entries: Int32(fields.count), entries: buffer.baseAddress)
        }

        private func value(_ field: Field) -> amqp_field_value_t {
            var value = amqp_field_value_t()
            switch field {
            case .text(let text):
                value.kind = UInt8(AMQP_FIELD_KIND_UTF8.rawValue)
                value.value.bytes = bytes(text)
            case .flag(let flag):
                value.kind = UInt8(AMQP_FIELD_KIND_BOOLEAN.rawValue)
                value.value.boolean = flag ? 1 : 0
            case .number(let number):
                value.kind = UInt8(AMQP_FIELD_KIND_I64.rawValue)
                value.value.i64 = number
            case .table(let fields):
                value.kind = UInt8(AMQP_FIELD_KIND_TABLE.rawValue)
                value.value.table = table(fields)
            }
            return value
        }
    }

    extension amqp_bytes_t {
        /// What the server wrote, as text.
        var text: String {
            String(decoding: UnsafeRawBufferPointer(start: bytes, count: len), as: UTF8.self)
        }
    }
#endif
