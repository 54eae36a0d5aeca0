import type { FastifyInstance } from 'fastify'

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Checkout</title>
<style>
:root { color-scheme: light dark; font: 1rem/1.6 system-ui, sans-serif }
body { display: grid; min-height: 100vh; margin: 0; place-items: center }
main { box-sizing: border-box; max-width: 32rem; padding: 1.5rem }
h1 { font-size: 1.4rem; line-height: 1.3; margin: 0 0 .75rem }
p { margin: 0 0 .75rem }
</style>
</head>
<body>
<main>
<h1>This checkout page is not available yet</h1>
<p>Your payment has been prepared and nothing has been charged. The page on which to enter a card is still being built.</p>
<p>Please go back to the shop and choose another way to pay.</p>
</main>
</body>
</html>
`

/** Where `payment_url` leads. The hosted checkout itself is not part of this release, and the page says so. */
export function addPayPage(app: FastifyInstance): void {
  app.get('/pay/:id', { config: { access: 'public' }, schema: { hide: true } }, (_request, reply) =>
    reply
      .header(
        'content-security-policy',
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
      )
      .type('text/html; charset=utf-8')
      .send(page),
  )
}
