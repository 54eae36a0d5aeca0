import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { payCommand, welcomeText } from './welcome.ts'

const credentials = {
  gatewayUrl: 'http://127.0.0.1:8080',
  vaultUrl: 'http://127.0.0.1:8081',
  metricsUrl: 'http://127.0.0.1:9090',
  publishableKey: 'pk_test_abc',
  secretKey: 'tsk_test_abc',
  inflowPrivateKey: 'inflow_priv_abc',
  inflowPublicKey: 'inflow_pub_abc',
  returnSigningSecret: 'whsec_abc',
  merchantId: 'm_abc',
}

/** A curl that answers as the vault does, and writes down what it was asked. */
const fakeCurl = (log: string) => `#!/bin/sh
for argument in "$@"; do printf '%s\\n' "$argument" >> ${log}; done
printf -- '--\\n' >> ${log}
case "$*" in */v1/tokens*) printf '{"id":"tok_12ab","card":{"last4":"4242"}}' ;; *) printf paid ;; esac
`

test.each(['sh', 'bash'])('the example works as it is copied, in %s', (shell) => {
  const folder = mkdtempSync(join(tmpdir(), 'tessera-welcome-'))
  try {
    const log = join(folder, 'log')
    writeFileSync(join(folder, 'curl'), fakeCurl(log))
    chmodSync(join(folder, 'curl'), 0o755)
    const output = execFileSync(shell, ['-c', payCommand(credentials, 2030)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: `${folder}:${process.env.PATH}` },
    })
    expect(output).toBe('paid')
    const [tokenCall, paymentCall] = readFileSync(log, 'utf8').split('--\n')
    const bodyOf = (call: string | undefined) =>
      JSON.parse(call?.split('\n').find((line) => line.startsWith('{')) ?? '')
    expect(bodyOf(tokenCall).card).toEqual({ number: '4242424242424242', exp_month: 12, exp_year: 2030, cvc: '123' })
    expect(bodyOf(paymentCall)).toEqual({ amount: 17.62, currency: 'usd', token: 'tok_12ab' })
    expect(tokenCall).toContain('Authorization: Bearer pk_test_abc')
    expect(paymentCall).toContain('Authorization: Bearer tsk_test_abc')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('the text names every address and every key', () => {
  const text = welcomeText({ credentials, directory: '/data', startedInMs: 1234, expiryYear: 2030, remarks: ['Odd.'] })
  for (const value of Object.values(credentials)) expect(text).toContain(value)
  expect(text).toContain('after 1.2 s')
  expect(text).toContain('Odd.')
})
