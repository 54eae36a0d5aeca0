import { createConfig, lint } from '@redocly/openapi-core'

/** Prints the errors that Redocly's recommended rules find in the documents given, one a line. */
const config = await createConfig({ extends: ['recommended'] })
for (const ref of process.argv.slice(2)) {
  for (const { severity, ruleId, message, location } of await lint({ ref, config })) {
    if (severity === 'error') process.stdout.write(`${ref} ${location[0]?.pointer ?? ''} ${ruleId}: ${message}\n`)
  }
}
