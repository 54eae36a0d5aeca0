import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

/** Chromium as shoppers have it: web security on, site isolation on. Nothing of it calls home. `more`: further words of its command. */
export function launchChromium(...more: string[]): Promise<Browser> {
  const executablePath = process.env.TESSERA_TEST_CHROMIUM
  if (executablePath === undefined) throw new Error('browser tests belong to the project that has the browser set-up')
  const home = process.env.TESSERA_TEST_CHROMIUM_HOME
  return chromium.launch({
    executablePath,
    env: { ...process.env, ...(home === undefined ? {} : librariesAndFonts(home)) },
    // Root may not use the sandbox. The rest keeps Chromium from asking its maker for updates while it is tested.
    args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--no-pings', ...more],
  })
}

function librariesAndFonts(home: string): Record<string, string> {
  return {
    LD_LIBRARY_PATH: join(home, 'al2023/lib'),
    FONTCONFIG_PATH: join(home, 'fonts'),
    FONTCONFIG_FILE: join(home, 'fonts/fonts.conf'),
  }
}
