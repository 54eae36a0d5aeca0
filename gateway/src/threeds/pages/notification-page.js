// Runs where the issuer's page hands the browser back, mostly in a frame of the shopper's page.
{
  const { notice } = document.querySelector('main').dataset
  const onward = document.getElementById('onward')
  if (notice === 'method') window.top.postMessage('tessera: method called back', location.origin)
  else window.top.location.replace(onward.href)
}
