import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTransport } from 'nodemailer'
import type { Mail } from './receipt-mail.ts'

/** Where mails go. Throws when one could not be left there. */
export interface Postbox {
  /** Sent again under the same name, it is the same mail. */
  send(name: string, mail: Mail): Promise<void>
  close(): void
}

const connectWithinMs = 10_000
const answerWithinMs = 20_000

/** Through a mail server: `smtp://user:password@host:587` or `smtps://…`. */
export function createSmtpPostbox(url: string, from: string): Postbox {
  const transport = createTransport({
    url,
    connectionTimeout: connectWithinMs,
    greetingTimeout: connectWithinMs,
    socketTimeout: answerWithinMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    async send(name, { to, subject, text }) {
      const host = from.split('@').at(-1)?.replace(/[<>]/g, '') ?? 'localhost'
      await transport.sendMail({ from, to: { name: '', address: to }, subject, text, messageId: `<${name}@${host}>` })
    },
    close: () => transport.close(),
  }
}

/** Without a mail server: one readable file for each mail, for whoever tries the product out. */
export function createFilePostbox(directory: string, from: string): Postbox {
  return {
    async send(name, { to, subject, text }) {
      await mkdir(directory, { recursive: true, mode: 0o700 })
      const path = join(directory, `${name}.txt`)
      await writeFile(`${path}.part`, `From: ${from}\nTo: ${to}\nSubject: ${subject}\n\n${text}`, { mode: 0o600 })
      await rename(`${path}.part`, path)
    },
    close: () => undefined,
  }
}
