import lighthouse from 'lighthouse'

/** `audit.mjs PORT THROTTLING URL` prints what Lighthouse says of a page in the browser that listens there, as JSON. */
const [port, throttlingMethod, url] = process.argv.slice(2)
const onlyCategories = ['performance', 'accessibility']
const { lhr } = await lighthouse(url, { port: Number(port), logLevel: 'error', onlyCategories, throttlingMethod })
const { categories, audits, runtimeError, finalDisplayedUrl } = lhr
const faults = categories.accessibility.auditRefs
  .map(({ id, weight }) => ({ id, weight, ...audits[id] }))
  .filter(({ weight, score }) => weight > 0 && score !== null && score < 1)
const answer = {
  largestPaintMs: audits['largest-contentful-paint'].numericValue,
  accessibility: Math.round(categories.accessibility.score * 100),
  faults: faults.map(({ id, title }) => `${id}: ${title}`),
  shown: finalDisplayedUrl,
  error: runtimeError?.message ?? null,
}
process.stdout.write(JSON.stringify(answer))
