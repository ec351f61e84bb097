import { useEffect, useMemo } from 'react';
import { renderSVG } from 'uqr';

/** A text as a QR code: an image made in this page, of black and white squares with a margin. */
export function QrCode({ text, label }: { readonly text: string; readonly label: string }) {
  const url = useMemo(
    () => URL.createObjectURL(new Blob([renderSVG(text, { border: 4 })], { type: 'image/svg+xml' })),
    [text],
  );
  useEffect(() => () => URL.revokeObjectURL(url), [url]);
  return <img src={url} alt={label} width={220} height={220} />;
}
