import type { Credentials } from '../data-directory/credentials.ts'

export interface WelcomeFacts {
  credentials: Credentials
  directory: string
  /** From the first line of the command to here. */
  startedInMs: number
  /** Of the card in the example. */
  expiryYear: number
  remarks: string[]
}

/** What a person reads after `npm start`. */
export function welcomeText(facts: WelcomeFacts): string {
  const { credentials: c, directory } = facts
  const rows: [string, string][] = [
    ['Gateway', c.gatewayUrl],
    ['Vault', `${c.vaultUrl} (card numbers go here and nowhere else)`],
    ['Metrics', `${c.metricsUrl}/metrics`],
    ['Merchant', c.merchantId],
    ['Publishable key', c.publishableKey],
    ['Secret key', c.secretKey],
    ['Inflow public key', c.inflowPublicKey],
    ['Inflow private key', c.inflowPrivateKey],
    ['Return signing', c.returnSigningSecret],
    ['All of this', `${directory}/credentials.json`],
    ['Logs', `${directory}/logs/`],
  ]
  const width = Math.max(...rows.map(([label]) => label.length)) + 2
  const seconds = (facts.startedInMs / 1000).toFixed(1)
  return [
    `Tessera is ready after ${seconds} s, in test mode: no card is ever charged.`,
    '',
    ...rows.map(([label, value]) => `  ${label.padEnd(width)}${value}`),
    ...facts.remarks.flatMap((remark) => ['', `  ${remark}`]),
    '',
    'Pay with the test card 4242 4242 4242 4242:',
    '',
    payCommand(c, facts.expiryYear),
    '',
    'Ctrl-C stops everything.',
    '',
  ].join('\n')
}

/** One command for any POSIX shell: the inner curl makes the token, the outer one pays with it. */
export function payCommand(c: Credentials, expiryYear: number): string {
  const card = `{"card":{"number":"4242424242424242","exp_month":12,"exp_year":${expiryYear},"cvc":"123"}}`
  return [
    `curl -sS ${c.gatewayUrl}/v1/payments -H 'Authorization: Bearer ${c.secretKey}' \\`,
    `  -H 'Content-Type: application/json' -d '{"amount":17.62,"currency":"usd","token":"'"$(`,
    `    curl -sS ${c.vaultUrl}/v1/tokens -H 'Authorization: Bearer ${c.publishableKey}' \\`,
    `      -H 'Content-Type: application/json' -d '${card}' |`,
    `      sed -n 's/.*"id": *"\\(tok_[^"]*\\)".*/\\1/p')"'"}'`,
  ].join('\n')
}
