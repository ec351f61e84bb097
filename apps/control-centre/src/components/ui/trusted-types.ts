interface TrustedTypePolicyFactory {
  createPolicy(
    name: string,
    rules: { createHTML(html: string): string; createScriptURL(url: string): string },
  ): unknown;
}

/** As Vite names the one worker of the page. */
const worker = /^\/assets\/import\.worker-[\w-]+\.js$/;

/**
 * The one Trusted Types policy of the page. React and Mantine write style sheets as `innerHTML` of a style element:
 * text without `<` passes, markup never does, so no text of an app can become HTML. The only script that is named by
 * its address is the worker that imports files.
 */
const factory = (globalThis as { trustedTypes?: TrustedTypePolicyFactory }).trustedTypes;
factory?.createPolicy('default', {
  createHTML: (html) => {
    if (html.includes('<')) throw new TypeError('The Control Centre writes no HTML.');
    return html;
  },
  createScriptURL: (url) => {
    const { origin, pathname } = new URL(url, location.href);
    if (origin !== location.origin || !worker.test(pathname))
      throw new TypeError('The Control Centre loads no other script.');
    return url;
  },
});
