import chromium from '@sparticuz/chromium'

// The package unpacks into TMPDIR, and takes whatever lies there already: `global-setup.ts` runs this with an empty one.
await chromium.executablePath()
