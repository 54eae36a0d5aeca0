import { choice, readConfig } from '@tessera/lib/config'
import { runSupervised } from '../supervised-process.ts'

const schema = {
  behaviour: choice(['well', 'fails', 'misconfigured', 'mute'], {
    variable: 'TESSERA_BEHAVIOUR',
    description: 'How this process starts and answers',
    default: 'well',
  }),
  logLevel: choice(['info', 'silent'], { variable: 'TESSERA_LOG_LEVEL', description: 'Log level', default: 'info' }),
} as const

class Unusable extends Error {}

/** A process that does nothing but keep the rules of supervision; how it fails is told by its environment. */
export function main(): Promise<void> {
  return runSupervised(process, {
    name: () => 'sandbox',
    readConfig: (environment) => readConfig({ schema, environment }),
    async start({ config, clock }) {
      if (config.behaviour === 'fails') throw new Error('no way to start')
      if (config.behaviour === 'misconfigured') throw new Unusable('a key that is none')
      // Keeps the process alive, as a listener would.
      const work = setInterval(() => undefined, 1_000)
      return {
        ...config,
        clock,
        urls: { acquirer: 'http://127.0.0.1:1' },
        async stop(graceMs: number) {
          clearInterval(work)
          process.stdout.write(`stopped with ${graceMs} ms\n`)
        },
      }
    },
    isConfigurationFault: (error) => error instanceof Unusable,
    answer(message, { behaviour, clock }) {
      if (behaviour === 'mute') throw new Error('no answer to that')
      return { type: 'live_keys', exist: message.type === 'has_live_keys' && clock.offsetMs > 0 }
    },
    stopGraceMs: 3_000,
  })
}
