import fc from 'fast-check'

/**
 * Property tests try the same cases in every run, so that a failure is there for whoever looks into it. Set TESSERA_TEST_SEED
 * to a number to try others.
 */
fc.configureGlobal({ seed: Number(process.env.TESSERA_TEST_SEED ?? 20_261_121) })
