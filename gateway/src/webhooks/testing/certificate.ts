import { generateKeyPairSync, sign } from 'node:crypto'

/** A self-signed certificate for these names and IPv4 addresses, good for a hundred years. For tests: made on the spot, so no key lies in the repository. */
export function makeCertificate(names: readonly string[], addresses: readonly string[]): { key: string; cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = sequence(oid([42, 134, 72, 206, 61, 4, 3, 2])) // ecdsa-with-SHA256
  const name = sequence(der(0x31, sequence(oid([85, 4, 3]), der(0x0c, Buffer.from('webhook receiver')))))
  const alternativeNames = sequence(
    ...names.map((each) => der(0x82, Buffer.from(each))),
    ...addresses.map((each) => der(0x87, Buffer.from(each.split('.').map(Number)))),
  )
  const extensions = sequence(
    sequence(oid([85, 29, 17]), der(0x04, alternativeNames)),
    sequence(oid([85, 29, 19]), der(0x04, sequence(der(0x01, Buffer.from([255]))))),
  )
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    algorithm,
    name,
    sequence(der(0x18, Buffer.from('20200101000000Z')), der(0x18, Buffer.from('21200101000000Z'))),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, extensions),
  )
  const signature = der(0x03, Buffer.from([0]), sign('sha256', body, privateKey))
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: pem(sequence(body, algorithm, signature)),
  }
}

/** X.690: tag, length, content. */
function der(tag: number, ...content: Buffer[]): Buffer {
  const bytes = Buffer.concat(content)
  const { length } = bytes
  if (length < 128) return Buffer.concat([Buffer.from([tag, length]), bytes])
  return Buffer.concat([Buffer.from([tag, 0x82, length >> 8, length & 255]), bytes])
}

const sequence = (...content: Buffer[]) => der(0x30, ...content)
const oid = (bytes: number[]) => der(0x06, Buffer.from(bytes))

function pem(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}
