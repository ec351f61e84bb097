/** Files of the runner, and Node's own. */
const notOfTheView = /^(?:file:|node:)/;

/**
 * Makes `stack` of every error, of whatever context, name lines of the view's files and native functions only. Node
 * asks this function (v8.dev/docs/stack-trace-api) where the error's own context has none; view code can set neither
 * (view-context.ts).
 */
export function hideRunnerFrames(): void {
  const { toString } = Error.prototype;
  const prepareStackTrace: typeof Error.prepareStackTrace = (error, sites) => {
    let text = Reflect.apply(toString, error, []);
    // By index: the list is of the error's context, where view code may have replaced how lists are walked.
    for (let index = 0; index < sites.length; index += 1) {
      const site = sites[index]!;
      if (!notOfTheView.test(site.getFileName() ?? '')) text += `\n    at ${site.toString()}`;
    }
    return text;
  };
  Object.defineProperty(Error, 'prepareStackTrace', { value: prepareStackTrace, writable: false, configurable: false });
}
