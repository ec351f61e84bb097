import { isUtf8 } from 'node:buffer';
import type { ClassConstructor } from 'class-transformer';
import type { FastifyRequest } from 'fastify';
import { DatakeepError, readJson } from '@datakeep/kernel';
import { checkObject, readObject } from '../http/dto.ts';

/** Ten files and one more, so that an eleventh is refused as an invalid template, not as an unreadable body. */
const limits = { files: 11, fileSize: 256 * 1024 + 1, fields: 20, fieldSize: 64 * 1024, parts: 40 };

/** They come as JSON text. */
const jsonFields: ReadonlySet<string> = new Set(['permissions', 'limits', 'configuration', 'clientCustomData']);

/** The template of a request, which is JSON or multipart/form-data. */
export async function readTemplate<T extends object>(type: ClassConstructor<T>, request: FastifyRequest): Promise<T> {
  const { body } = request as { readonly body: string | undefined };
  return checkObject(type, request.isMultipart() ? await readTemplateUpload(request) : readObject(body));
}

/**
 * Reads a template that came as multipart/form-data into the shape of the JSON body: the same fields, `permissions`,
 * `limits` and a dry run's values as JSON text, `files` repeated, each named by its path.
 */
async function readTemplateUpload(request: FastifyRequest): Promise<Record<string, unknown>> {
  try {
    return await readParts(request);
  } catch (error) {
    // A limit of the plugin has a status; a body that its parser cannot read has none.
    if (DatakeepError.from(error) || typeof (error as { statusCode?: unknown }).statusCode === 'number') throw error;
    throw new DatakeepError('unreadable-body', 'The body is not multipart/form-data as its Content-Type says.', {
      cause: error,
    });
  }
}

async function readParts(request: FastifyRequest): Promise<Record<string, unknown>> {
  const fields: Record<string, unknown> = {};
  const files: { path: string; content: string }[] = [];
  for await (const part of request.parts({ limits, preservePath: true })) {
    if (part.type === 'file') {
      if (part.fieldname !== 'files')
        throw DatakeepError.invalidAt(
          `/${part.fieldname}`,
          'unknown-member',
          'Files come in the field `files`, repeated.',
        );
      const bytes = await part.toBuffer();
      request.bodyClaim?.add(bytes.length);
      if (!isUtf8(bytes))
        throw DatakeepError.invalidAt(`/files/${files.length}/content`, 'source', 'A source file must be UTF-8.');
      files.push({ path: part.filename, content: bytes.toString('utf8') });
    } else {
      if (Object.hasOwn(fields, part.fieldname))
        throw new DatakeepError('json-duplicate-key', `The field ${part.fieldname} is there twice.`);
      const value = String(part.value);
      fields[part.fieldname] = jsonFields.has(part.fieldname) ? readField(part.fieldname, value) : value;
    }
  }
  return { ...fields, files };
}

function readField(name: string, value: string): unknown {
  try {
    return readJson(value);
  } catch (error) {
    const known = DatakeepError.from(error);
    if (!known) throw error;
    throw new DatakeepError(known.code, `The field \`${name}\`, which is read as JSON: ${known.message}`, {
      cause: error,
    });
  }
}
