// Runs at the end of the shopper's page. Without it each step has a button that does the same by hand.
{
  const root = document.documentElement
  const main = document.querySelector('main')
  const { step, timeoutMs, pollAfterMs, state } = main.dataset
  const pagePath = main.dataset.page
  const headHeight = 220
  const leastWindowHeight = 400
  root.classList.add('script')

  /** The address stays the same, and the history gets no new entry. */
  const again = () => location.replace(pagePath)

  function collectBrowserData(form) {
    const values = {
      script: '1',
      javaEnabled: navigator.javaEnabled?.() ? '1' : '0',
      colorDepth: screen.colorDepth,
      screenWidth: screen.width,
      screenHeight: screen.height,
      timeZoneOffset: new Date().getTimezoneOffset(),
      language: navigator.language || '',
      roomWidth: root.clientWidth,
      // Under the head of the page; where little is left of it there, the page is scrolled.
      roomHeight: Math.max(window.innerHeight - headHeight, Math.min(window.innerHeight, leastWindowHeight)),
    }
    for (const [name, value] of Object.entries(values)) form.elements.namedItem(name).value = String(value)
  }

  /** A try that fails is followed by another, more and more seldom; after an hour nobody is waiting any more. */
  function watch(firstPauseMs) {
    const endsAt = Date.now() + 3_600_000
    const look = async (pauseMs) => {
      try {
        const answer = await fetch(`${pagePath}/state`, { credentials: 'omit', cache: 'no-store' })
        if (answer.ok && (await answer.json()).state !== state) return again()
      } catch {
        // Out of reach for a moment, as telephones are.
      }
      if (Date.now() < endsAt) setTimeout(look, pauseMs, Math.min(pauseMs * 1.2, 6_000))
    }
    setTimeout(look, firstPauseMs, firstPauseMs)
  }

  const steps = {
    method() {
      const form = document.getElementById('browser')
      let sent = false
      const goOn = () => {
        if (!sent) form.submit()
        sent = true
      }
      addEventListener('message', (event) => {
        if (event.origin === location.origin && event.data === 'tessera: method called back') goOn()
      })
      setTimeout(goOn, Number(timeoutMs))
      document.getElementById('method').submit()
    },
    collect: () => document.getElementById('browser').submit(),
    challenge() {
      document.getElementById('challenge').submit()
      watch(3_000)
    },
    leave: () => watch(3_000),
    waiting: () => watch(Number(pollAfterMs)),
    done() {
      const onward = document.getElementById('onward')
      const leave = () => {
        if (onward !== null) location.replace(onward.href)
      }
      if (parent === window) return leave()
      // In a dialog of the shop's page: its SDK hands over a port, hears how it ended and takes the dialog away.
      addEventListener('message', ({ source, data, ports: [port] }) => {
        if (source !== parent || data !== 'tessera: action' || port === undefined) return
        port.postMessage({ outcome: main.dataset.outcome, redirectTo: onward?.href ?? null })
      })
      setTimeout(leave, 5_000)
    },
  }

  const browserForm = document.getElementById('browser')
  if (browserForm !== null) collectBrowserData(browserForm)
  steps[step]?.()
  // Shown again out of memory, as on the way back: what is to be done may have changed.
  addEventListener('pageshow', (event) => {
    if (event.persisted) again()
  })
}
