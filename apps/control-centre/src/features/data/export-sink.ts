/** Where an export is written to. What is not closed is no file. */
export interface ExportSink {
  write(text: string): Promise<void>;
  close(): Promise<void>;
  discard(): Promise<void>;
}

interface FileHandle {
  createWritable(): Promise<WritableStreamDefaultWriter<string> & { write(text: string): Promise<void> }>;
}

type SavePicker = (options: { suggestedName: string }) => Promise<FileHandle>;

/**
 * Opens a destination where the browser has the File System Access API: the export streams to disk. Elsewhere it is
 * collected in blobs, which browsers keep out of the page's memory, and saved as a download at its end. Undefined: the
 * owner chose no file. Must be called in the handler of a click.
 */
export async function openSink(fileName: string, type: string): Promise<ExportSink | undefined> {
  const { showSaveFilePicker } = globalThis as { showSaveFilePicker?: SavePicker };
  if (showSaveFilePicker === undefined) return new DownloadSink(fileName, type);
  try {
    const handle = await showSaveFilePicker({ suggestedName: fileName });
    const writable = await handle.createWritable();
    return {
      write: (text) => writable.write(text),
      close: () => writable.close(),
      discard: () => writable.abort(),
    };
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return undefined;
    throw error;
  }
}

class DownloadSink implements ExportSink {
  readonly #fileName: string;
  readonly #type: string;
  #parts: Blob[] = [];

  constructor(fileName: string, type: string) {
    this.#fileName = fileName;
    this.#type = type;
  }

  write(text: string): Promise<void> {
    this.#parts.push(new Blob([text]));
    return Promise.resolve();
  }

  close(): Promise<void> {
    const address = URL.createObjectURL(new Blob(this.#parts, { type: this.#type }));
    this.#parts = [];
    const link = document.createElement('a');
    link.href = address;
    link.download = this.#fileName;
    link.click();
    // The browser has begun to read it by then; there is no event that says when it has ended.
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
    return Promise.resolve();
  }

  discard(): Promise<void> {
    this.#parts = [];
    return Promise.resolve();
  }
}
