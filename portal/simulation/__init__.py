"""Load as it would come from many sites, through real journals into a real store."""
