import { BlendEquation, BlendFunction } from 'cesium';

const sum = { enabled: true, equationRgb: BlendEquation.ADD, equationAlpha: BlendEquation.ADD };

/** Colours come multiplied by their alpha: halos add light, markers cover. */
export const premultiplied = {
  ...sum,
  functionSourceRgb: BlendFunction.ONE,
  functionSourceAlpha: BlendFunction.ONE,
  functionDestinationRgb: BlendFunction.ONE_MINUS_SOURCE_ALPHA,
  functionDestinationAlpha: BlendFunction.ONE_MINUS_SOURCE_ALPHA,
};

/** Light on top of what is there. */
export const additive = {
  ...sum,
  functionSourceRgb: BlendFunction.ONE,
  functionSourceAlpha: BlendFunction.ZERO,
  functionDestinationRgb: BlendFunction.ONE,
  functionDestinationAlpha: BlendFunction.ONE,
};
