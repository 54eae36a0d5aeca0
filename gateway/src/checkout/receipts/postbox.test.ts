import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { createFilePostbox, createSmtpPostbox } from './postbox.ts'

const mail = { to: 'ada@example.com', subject: 'Reçu de Tea House', text: 'Total: 75,00 €\n' }
const folder = mkdtempSync(join(tmpdir(), 'tessera-mail-'))
afterAll(() => rmSync(folder, { recursive: true }))

function replyTo(command: string): string {
  if (command === 'DATA') return '354 go on'
  return command === 'QUIT' ? '221 bye' : '250 fine'
}

/** As much of a mail server as a mail needs (RFC 5321); it answers `accepts` when it has all of it. */
async function withMailServer(accepts: string, run: (url: string, received: string[]) => Promise<void>): Promise<void> {
  const received: string[] = []
  const server = createServer((socket) => {
    let inMail = false
    socket.unref()
    socket.write('220 mail.example\r\n')
    socket.on('error', () => undefined)
    socket.on('data', (data) => {
      for (const line of data.toString().split('\r\n').slice(0, -1)) {
        received.push(line)
        if (inMail && line !== '.') continue
        socket.write(`${inMail ? accepts : replyTo(line)}\r\n`)
        inMail = line === 'DATA'
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    await run(`smtp://127.0.0.1:${(server.address() as AddressInfo).port}`, received)
  } finally {
    server.close()
  }
}

it('hands a mail to a mail server, addressed to the shopper alone', async () => {
  await withMailServer('250 taken', async (url, received) => {
    const postbox = createSmtpPostbox(url, 'Tea House <shop@tea.example>')
    await postbox.send('receipt-1', mail)
    postbox.close()
    expect(received.filter((line) => /^(MAIL FROM|RCPT TO)/.test(line))).toEqual([
      'MAIL FROM:<shop@tea.example>',
      'RCPT TO:<ada@example.com>',
    ])
    expect(received).toContain('Message-ID: <receipt-1@tea.example>')
    expect(received.some((line) => line.startsWith('Subject: =?UTF-8?'))).toBe(true)
  })
})

it('a mail that the server does not take has not been sent', async () => {
  await withMailServer('451 later', async (url) => {
    const postbox = createSmtpPostbox(url, 'shop@tea.example')
    await expect(postbox.send('receipt-1', mail)).rejects.toThrow('451')
    postbox.close()
  })
})

it('without a mail server each mail is one file that people can read, and nobody else', async () => {
  const postbox = createFilePostbox(join(folder, 'mail'), 'shop@tea.example')
  await postbox.send('receipt-1', mail)
  await postbox.send('receipt-1', mail)
  expect(readdirSync(join(folder, 'mail'))).toEqual(['receipt-1.txt'])
  const path = join(folder, 'mail', 'receipt-1.txt')
  expect(readFileSync(path, 'utf8')).toBe(
    'From: shop@tea.example\nTo: ada@example.com\nSubject: Reçu de Tea House\n\nTotal: 75,00 €\n',
  )
  expect(statSync(path).mode & 0o777).toBe(0o600)
})
