interface TrustedTypePolicyFactory {
  createPolicy(name: string, rules: { createHTML(html: string): string }): unknown;
}

/**
 * The one Trusted Types policy of the page. React and Mantine write style sheets as `innerHTML` of a style element:
 * text without `<` passes, markup never does, so no text of an app can become HTML.
 */
const factory = (globalThis as { trustedTypes?: TrustedTypePolicyFactory }).trustedTypes;
factory?.createPolicy('default', {
  createHTML: (html) => {
    if (html.includes('<')) throw new TypeError('The Control Centre writes no HTML.');
    return html;
  },
});
