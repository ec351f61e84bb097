import { isUtf8 } from 'node:buffer';
import type { FastifyRequest } from 'fastify';
import type { SourceFile } from '@datakeep/contracts';
import { DatakeepError } from '@datakeep/kernel';

/** Ten files and one more, so that the eleventh is reported as an invalid upload, not as an unreadable body. */
const limits = { files: 11, fileSize: 256 * 1024 + 1, fields: 0, parts: 12 };

/** The field `files`, repeated, of a multipart/form-data body; each file is named by its path. */
export async function readUploadedFiles(request: FastifyRequest): Promise<readonly SourceFile[]> {
  if (!request.isMultipart()) throw new DatakeepError('unsupported-media-type', 'Send multipart/form-data.');
  try {
    const files: SourceFile[] = [];
    for await (const part of request.files({ limits, preservePath: true })) {
      if (part.fieldname !== 'files')
        throw DatakeepError.invalidAt(`/${part.fieldname}`, 'unknown-member', 'Files come in the field `files`.');
      const bytes = await part.toBuffer();
      if (!isUtf8(bytes))
        throw DatakeepError.invalidAt(`/files/${files.length}/content`, 'source', 'A source file must be UTF-8.');
      files.push({ path: part.filename, content: bytes.toString('utf8') });
    }
    return files;
  } catch (error) {
    if (DatakeepError.from(error) || typeof (error as { statusCode?: unknown }).statusCode === 'number') throw error;
    throw new DatakeepError('unreadable-body', 'The body is not multipart/form-data as its Content-Type says.', {
      cause: error,
    });
  }
}
