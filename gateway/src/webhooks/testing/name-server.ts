import { createSocket } from 'node:dgram'
import type { AddressInfo } from 'node:net'

/** A name server on loopback that knows IPv4 addresses only; `answer` is asked anew for every question. */
export async function startNameServer(
  answer: (name: string) => string[] | 'silence',
): Promise<{ address: string; stop(): Promise<void> }> {
  const socket = createSocket('udp4')
  socket.on('message', (question, from) => {
    const { name, end, type } = readQuestion(question)
    const found = answer(name)
    if (found === 'silence') return
    socket.send(reply(question.subarray(0, end), type === 1 ? found : []), from.port, from.address)
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  const { port } = socket.address() as AddressInfo
  return {
    address: `127.0.0.1:${port}`,
    stop: () => new Promise((resolve) => socket.close(() => resolve())),
  }
}

/** RFC 1035 section 4.1.2, behind the header of twelve bytes. */
function readQuestion(message: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = []
  let at = 12
  for (let length = message.readUInt8(at); length > 0; length = message.readUInt8(at)) {
    labels.push(message.toString('ascii', at + 1, at + 1 + length))
    at += 1 + length
  }
  return { name: labels.join('.'), type: message.readUInt16BE(at + 1), end: at + 5 }
}

function reply(question: Buffer, addresses: string[]): Buffer {
  const header = Buffer.from(question.subarray(0, 12))
  header.writeUInt16BE(0x8180, 2)
  header.writeUInt16BE(addresses.length, 6)
  header.writeUInt32BE(0, 8)
  const answers = addresses.map((address) =>
    Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split('.').map(Number)]),
  )
  return Buffer.concat([header, question.subarray(12), ...answers])
}
