// Connections that nobody else can read: made where the server's certificate is known.

#if MQTTDriver
    import AeroDrivers
    import AeroIO
    import AeroLoad
    import TestSupport
    import Testing

    @Suite(.serialized, .timeLimit(.minutes(5))) struct MQTTTransportSecurityTests {
        /// Of 127.0.0.1, signed by itself, for the servers of these tests and nobody else.
        private static let certificate = """
            -----BEGIN CERTIFICATE-----
            MIIBXDCCAQKgAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAkxMjcuMC4w
            LjEwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBQxEjAQBgNVBAMM
            CTEyNy4wLjAuMTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABHWikSEReCdCi/em
            Rb6Nu0wnxS2/MBtDZ9uezrlmgMhimAZ95+CO3++uxnPGSAJgHuBahICGcCUYKz/i
            ygc4G4SjQzBBMA8GA1UdEQQIMAaHBH8AAAEwDwYDVR0TAQH/BAUwAwEB/zAdBgNV
            HQ4EFgQUuw3aRwVNQMlagemLfNIlXmUkj/EwCgYIKoZIzj0EAwIDSAAwRQIhANbA
            DY6QBVXieZhJ8TOECIQWtQfumnatGoRy9JnWkrSTAiAK+MKo6UbzfUwlJiH/Atun
            MtbXxtB2mMmupQfVIGI/uw==
            -----END CERTIFICATE-----

            """
        private static let key = """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgvmvvq++gWxNscf13
            l1Bu3dTzIwNlXlEiHanDW+BZQp+hRANCAAR1opEhEXgnQov3pkW+jbtMJ8UtvzAb
            Q2fbns65ZoDIYpgGfefgjt/vrsZzxkgCYB7gWoSAhnAlGCs/4soHOBuE
            -----END PRIVATE KEY-----

            """

        private static func run<R>(
            certificateAuthorityPath: (TemporaryFolder) throws -> String,
            _ body: (LoadPlan, MQTTDriver) throws -> R
        ) throws -> R {
            let folder = try TemporaryFolder()
            let plan = try MQTTUnderTest.plan(
                """
                message-size: 1KiB
                load: { schedule: closed-loop, in-flight: 20 }
                """)
            return try MQTTUnderTest.withServer(
                settings: ["certfile FOLDER/certificate.pem", "keyfile FOLDER/key.pem"],
                files: ["certificate.pem": certificate, "key.pem": key]
            ) { server in
                var endpoint = PeerEndpoint(server.address)
                endpoint.certificateAuthorityPath = try certificateAuthorityPath(folder)
                return try body(plan, MQTTDriver(endpoint))
            }
        }

        @Test func aServerWhoseCertificateIsKnownIsLoaded() throws {
            let outcome = try Self.run { folder in
                let path = folder.file("authority.pem")
                try AtomicFile.write(path, text: Self.certificate)
                return path
            } _: { plan, driver in
                try TargetTrial.run(plan, driver)
            }
            #expect(outcome.ending == .completed, "\(outcome.ending)")
            #expect(outcome.record.classes[0].counts.acknowledged > 0)
            for verdict in outcome.verdicts[0] { #expect(verdict.isClean, "\(verdict)") }
        }

        @Test func aServerThatNobodyVouchesForIsRefused() throws {
            let error = try Self.run { _ in
                "/etc/ssl/certs/ca-certificates.crt"
            } _: { plan, driver in
                try TargetTrial.refusal(plan, driver)
            }
            #expect(error.cause.contains("TLS"), "\(error)")
        }

        @Test func aFileThatIsNotThereIsRefused() throws {
            let error = try Self.run {
                $0.file("nothing.pem")
            } _: { plan, driver in
                try TargetTrial.refusal(plan, driver)
            }
            #expect(error.action.hasPrefix("connect to"), "\(error)")
        }
    }
#endif
