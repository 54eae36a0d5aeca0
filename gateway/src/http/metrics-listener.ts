import { createServer } from 'node:http'
import { startServer, stopServer } from '@tessera/lib/http-server'
import type { MetricsRegistry } from '@tessera/lib/metrics'

export interface MetricsListener {
  port: number
  stop(): Promise<void>
}

/** Prometheus metrics, and the health of a process without an API, on a port of their own: never on the public one. */
export async function startMetricsListener(parts: {
  metrics: MetricsRegistry
  checkReady(): Promise<readonly string[]>
  host: string
  port: number
}): Promise<MetricsListener> {
  const server = createServer((request, response) => {
    const say = (status: number, type: string, text: string) =>
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(text)
    if (request.method !== 'GET') return say(405, 'text/plain', 'Only GET is answered here.\n')
    switch (request.url) {
      case '/metrics':
        return say(200, 'text/plain; version=0.0.4; charset=utf-8', parts.metrics.render())
      case '/healthz':
        return say(200, 'application/json', '{"status":"alive"}')
      case '/readyz':
        return void parts
          .checkReady()
          .then((waitingFor) =>
            say(
              waitingFor.length === 0 ? 200 : 503,
              'application/json',
              JSON.stringify({ status: waitingFor.length === 0 ? 'ready' : 'not_ready', waiting_for: waitingFor }),
            ),
          )
      default:
        return say(404, 'text/plain', 'There are /metrics, /healthz and /readyz.\n')
    }
  })
  const port = await startServer(server, { host: parts.host, port: parts.port })
  return { port, stop: () => stopServer(server, 1_000) }
}
