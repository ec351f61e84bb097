import { openJavaScriptService } from '@datakeep/execution/testing';
import { describeExecutionService } from './execution-service.contract.ts';
import { javaScriptSamples } from './execution-service.samples.ts';

describeExecutionService('JavaScript', javaScriptSamples, openJavaScriptService);
