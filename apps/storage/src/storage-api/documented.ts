import type {
  IndexAnswer,
  IndexPolicy,
  IndexReport,
  QueryExplanation,
  SourceUsage,
  StorageFigures,
} from '@datakeep/contracts';

/** Schemas of the document that are types of the port, by name; as the gateway's are made (ADR 73). */
export interface Documented {
  Explanation: QueryExplanation;
  Health: { readonly status: string } & Partial<StorageFigures>;
  Index: IndexReport;
  IndexPolicy: IndexPolicy;
  IndexPolicyChange: IndexPolicyChange;
  Indexes: IndexAnswer;
  Usage: SourceUsage;
}

/** @additionalProperties false */
interface IndexPolicyChange extends Partial<IndexPolicy> {}
