/** Files of the runner, Node's own, and what is compiled into each realm. */
const notOfTheView = /^(?:file:|node:|datakeep:)/;

/**
 * From now on `stack` of every error, of whatever realm, names lines of the view's files and native functions, and nothing of the keep. Node asks this realm's `Error.prepareStackTrace`
 * (v8.dev/docs/stack-trace-api) where the error's own realm has none, and view code cannot set one (realm-core.ts).
 */
export function hideRunnerFrames(): void {
  Error.prepareStackTrace = (error, sites) => {
    let text = Error.prototype.toString.call(error);
    // By index: the list is of the error's realm, where view code may have replaced how lists are walked.
    for (let place = 0; place < sites.length; place += 1) {
      const site = sites[place]!;
      if (!notOfTheView.test(site.getFileName() ?? '')) text += `\n    at ${site.toString()}`;
    }
    return text;
  };
}
