document.getElementById("release").submit();
