mod keys;
mod tenant;
mod tokens;
