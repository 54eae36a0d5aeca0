import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)
const runtime = fileURLToPath(new URL('../../.runtime/', import.meta.url))

/** What the browser's own package has no letters for. */
const fonts = [
  {
    family: 'Sawarabi Gothic',
    file: require.resolve('@expo-google-fonts/sawarabi-gothic/400Regular/SawarabiGothic_400Regular.ttf'),
  },
  {
    family: 'Noto Sans Arabic',
    file: require.resolve('@expo-google-fonts/noto-sans-arabic/400Regular/NotoSansArabic_400Regular.ttf'),
  },
]

/**
 * Unpacks the Chromium that came with the dependencies, once per version and set of fonts. Set TESSERA_TEST_CHROMIUM to an installed
 * browser where there is none for this kind of machine.
 */
export default function setup(): void {
  if (process.env.TESSERA_TEST_CHROMIUM !== undefined) return
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('Set TESSERA_TEST_CHROMIUM to a Chromium: the one among the dependencies is for Linux on x64.')
  }
  const entry = require.resolve('@sparticuz/chromium')
  const { version } = JSON.parse(readFileSync(join(dirname(entry), '../package.json'), 'utf8'))
  const names = fonts.map(({ family }) => family.replaceAll(' ', ''))
  const place = join(runtime, ['chromium', version, ...names].join('-'))
  if (!existsSync(place)) unpack(place)
  process.env.TESSERA_TEST_CHROMIUM = join(place, 'chromium')
  process.env.TESSERA_TEST_CHROMIUM_HOME = place
}

/** A folder is there whole or not at all, however many runs unpack at once. */
function unpack(place: string): void {
  const unfinished = `${place}.${process.pid}`
  mkdirSync(unfinished, { recursive: true })
  // Told that it runs on its usual host, the package brings the libraries along that a bare machine lacks.
  const environment = { ...process.env, TMPDIR: unfinished, AWS_LAMBDA_JS_RUNTIME: 'nodejs24.x' }
  execFileSync(process.execPath, [fileURLToPath(new URL('unpack-chromium.ts', import.meta.url))], { env: environment })
  addFonts(unfinished, place)
  try {
    renameSync(unfinished, place)
  } catch (error) {
    rmSync(unfinished, { recursive: true })
    if (!existsSync(place)) throw error
  }
}

/** The same letters on every machine: Latin ones from the package, Japanese and Arabic ones from others. */
function addFonts(unfinished: string, place: string): void {
  for (const { file } of fonts) cpSync(file, join(unfinished, 'fonts/fonts', basename(file)))
  const families = fonts.map(({ family }) => `<string>${family}</string>`).join('')
  writeFileSync(
    join(unfinished, 'fonts/fonts.conf'),
    `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${place}/fonts/fonts</dir>
  <cachedir>${place}/fonts/cache</cachedir>
  <match target="pattern">
    <edit name="family" mode="prepend" binding="strong"><string>Open Sans</string></edit>
    <edit name="family" mode="append" binding="strong">${families}</edit>
  </match>
</fontconfig>
`,
  )
}
