"""Pure plug-ins: a proposal in, a proposal out."""
